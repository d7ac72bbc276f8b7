"""How the reading commands' answers look to a person."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.tree import Tree

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
    """Print a clip's files, and below each label its evidence, facts and where they stand; then what left."""
    tree = Tree(_title(found))
    for file in found.files:
        branch = tree.add(f"file {file['source']}:{file['path']}{'' if file['is_kept'] else ' (not kept)'}")
        _add(branch, speaker=file["speaker"], recorded_on=file["recorded_on"], codec=file["codec"], rate=file["rate"])
        _add(branch, licence=file["licence"], tier=file["tier"], basis=file["basis"])
    for label in found.labels:
        _add_label(tree, label)
    for row in found.rejections:
        attribute = f" ({row['attribute']})" if row["attribute"] else ""
        tree.add(f"rejected at {row['stage']}: {row['kind']}{attribute}: {row['reason']}: {row['detail']}")
    console.print(tree, highlight=False, markup=False, soft_wrap=True)


def _title(found: Explanation) -> str:
    if found.clip is None:
        return "no clip"
    published = found.clip["published_id"]
    return f"clip {found.clip['clip_id']}" + (f", published as {published}" if published else "")


def _add_label(tree: Tree, label: Mapping[str, Any]) -> None:
    verdict = ": ".join([label["verdict"], *label["reasons"]])
    branch = tree.add(f"{label['attribute']} = {label['value'] or '?'} ({verdict})")
    for evidence in label["evidence"]:
        statement = branch.add(f"{evidence['witness']}: {' or '.join(evidence['values'])}; rule: {evidence['rule']}")
        for fact in evidence["facts"]:
            _add_fact(statement, fact)


def _add_fact(branch: Tree, fact: Mapping[str, Any]) -> None:
    unit = f" {fact['unit']}" if fact["unit"] else ""
    held = f" on {fact['valid_on']}" if fact["valid_on"] else ""
    leaf = branch.add(f"fact {fact['fact_id'][:12]}: {fact['property']} = {fact['value']!r}{unit}{held}")
    _add(leaf, read_as=fact["reading"], rule=fact["rule"])
    for place in fact["sightings"]:
        leaf.add(f"in {place['record_file']}, {place['locator']}")
    if fact["original"] is not None:
        original = fact["original"]
        leaf.add(
            f"corrects {original['fact_id'][:12]} = {original['value']!r}: {original['reason']} "
            f"({original['author']}, {original['corrected_on']}, {original['reference']})"
        )


def _add(branch: Tree, **fields: object) -> None:
    text = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in fields.items() if value is not None)
    if text:
        branch.add(text)


def print_settings(rows: Sequence[Mapping[str, str]], console: Console) -> None:
    """Print settings as a table."""
    table = Table(box=None, pad_edge=False)
    for column in ("setting", "value", "meaning"):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(row["setting"], row["value"], row["meaning"])
    console.print(table)
