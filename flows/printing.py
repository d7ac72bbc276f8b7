"""How the reading commands' answers look to a person."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from curation.explain import Explanation


def print_status(answer: Mapping[str, Any], console: Console) -> None:
    """Print what runs, what is published and whether it is up to date."""
    running = answer["running"]
    if running is not None:
        console.print(
            f"running: {running['stage']}, {running['done']:,} of {running['total']:,} {running['unit']} "
            f"(process {running['process']})",
            highlight=False,
        )
    state = "up to date" if answer["up_to_date"] else "something changed since; `make rebuild-dataset` works on it"
    console.print(f"home: {answer['home']}", highlight=False, soft_wrap=True)
    console.print(f"latest release: {answer['latest'] or 'none'} ({state})", highlight=False)
    for row in answer["summary"]:
        console.print(f"  {row['what']}: {row['outcome']}: {row['count']:,}", highlight=False)


def print_explanation(found: Explanation, console: Console) -> None:
    """Print a clip's files, and below each label its evidence, facts and where they stand; then what left.

    One thing a line, indented below what it belongs to, so that the output can be searched.
    """
    for depth, text in _lines(found):
        console.print("  " * depth + text, highlight=False, markup=False, soft_wrap=True)


def _lines(found: Explanation) -> Iterator[tuple[int, str]]:
    yield 0, _title(found)
    for file in found.files:
        yield 1, f"file {file['source']}:{file['path']}{'' if file['is_kept'] else ' (not kept)'}"
        yield from _fields(2, file, "speaker", "recorded_on", "codec", "rate", "decoder")
        yield from _fields(2, file, "licence", "tier", "basis")
    for label in found.labels:
        yield 1, f"{label['attribute']} = {label['value'] or '?'} ({_verdict(label)})"
        for evidence in label["evidence"]:
            yield 2, f"{evidence['witness']} says {' or '.join(evidence['values'])}; rule: {evidence['rule']}"
            for fact in evidence["facts"]:
                yield from _fact_lines(fact)
    for row in found.rejections:
        attribute = f" ({row['attribute']})" if row["attribute"] else ""
        yield 1, f"rejected at {row['stage']}, {row['kind']}{attribute}: {row['reason']}: {row['detail']}"


def _title(found: Explanation) -> str:
    if found.clip is None:
        return "no clip"
    published = found.clip["published_id"]
    return f"clip {found.clip['clip_id']}" + (f", published as {published}" if published else "")


def _verdict(label: Mapping[str, Any]) -> str:
    return ": ".join([label["verdict"], *label["reasons"]])


def _fact_lines(fact: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    unit = f" {fact['unit']}" if fact["unit"] else ""
    held = f", as at {fact['valid_on']}" if fact["valid_on"] else ""
    yield 3, f"fact {fact['fact_id']}: {fact['property']} = {fact['value']!r}{unit}{held}"
    yield 4, f"read as {fact['reading']} ({fact['rule']})"
    for place in fact["sightings"]:
        yield 4, f"in {place['record_file']}, {place['locator']}"
    if (original := fact["original"]) is not None:
        yield 4, f"corrects fact {original['fact_id']}: {original['value']!r}"
        yield from _fields(5, original, "reason", "author", "corrected_on", "reference")


def _fields(depth: int, row: Mapping[str, Any], *names: str) -> Iterator[tuple[int, str]]:
    text = ", ".join(f"{name.replace('_', ' ')} {row[name]}" for name in names if row[name] is not None)
    if text:
        yield depth, text


def print_settings(rows: Sequence[Mapping[str, str]], console: Console) -> None:
    """Print settings as a table."""
    table = Table(box=None, pad_edge=False)
    for column in ("setting", "value", "meaning"):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(row["setting"], row["value"], row["meaning"])
    console.print(table)
