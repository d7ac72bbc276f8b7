"""How the reading commands' answers look to a person."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from textwrap import wrap
from typing import Any

from rich.console import Console

from curation.explain import Explanation
from flows.summary import outcomes

_MEASUREMENTS = {
    "seconds": "{:.2f} s",
    "peak_dbfs": "peak {:.1f} dBFS",
    "loudness_lufs": "loudness {:.1f} LUFS",
    "silence_share": "silence {:.0%}",
    "snr_db": "SNR {:.0f} dB",
    "bandwidth_hz": "bandwidth {:.0f} Hz",
}
_CHANCES = 3  # of an estimate that are shown
_PROFILE = {
    "pitch_hz": "pitch {:.0f} Hz",
    "pitch_spread": "spread {:.1f} semitones",
    "voiced_share": "voiced {:.0%}",
    "speaking_rate": "{:.1f} syllables a second",
    "level_dbfs": "{:.1f} dBFS",
    "snr_db": "{:.0f} dB over the pauses",
}
_CORRECTION = ("reason", "author", "corrected_on", "reference")


def print_status(answer: Mapping[str, Any], console: Console) -> None:
    """Print what runs, what is published, whether it is up to date, and what people are asked."""
    for line in _status_lines(answer):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if answer["summary"]:
        console.print()
        console.print(outcomes(answer["summary"]))


def _status_lines(answer: Mapping[str, Any]) -> Iterator[str]:
    yield f"home: {answer['home']}"
    if (running := answer["running"]) is not None:
        yield f"running: {_advance(running)} (process {running['process']})"
    if answer["latest"] is None:
        yield "latest release: none yet"
    else:
        counts = answer["counts"]
        yield (
            f"latest release: {answer['latest']}, {counts['clips']:,} clips of {counts['speakers']:,} speakers, "
            f"{counts['hours']:.2f} hours, {counts['labels']:,} labels"
        )
    work = "up to date" if answer["up_to_date"] else "`make rebuild-dataset` has something to do"
    yield f"state: {answer['problem'] or work}"
    if answer["questions"]:
        yield from _question_lines(answer["questions"])


def _question_lines(kinds: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    total = Counter[str]()
    for row in kinds:
        total.update({name: count for name, count in row.items() if name != "kind"})
    yield f"questions: {total['count_open']:,} open ({_hours(total['hours'])}), {total['count_answered']:,} answered"
    if total["count_waiting"]:
        yield f"  beyond the budget: {total['count_waiting']:,} ({_hours(total['hours_waiting'])})"
    for row in kinds:
        waiting = f", {row['count_waiting']:,} beyond the budget" if row["count_waiting"] else ""
        told = f"{row['count_open']:,} open ({_hours(row['hours'])}), {row['count_answered']:,} answered"
        yield f"  {row['kind']}: {told}{waiting}"


def _hours(hours: float) -> str:
    return f"about {hours:,.1f} hours of a person"


def _advance(running: Mapping[str, Any]) -> str:
    if running["state"] == "starting":
        return "starting"
    if running["state"] == "done":
        return f"{running['stage']} done"
    left = "" if running["seconds_left"] is None else f", about {running['seconds_left']:,} s left"
    return f"{running['stage']}, {running['done']:,} of {running['total']:,} {running['unit']}{left}"


def print_explanation(found: Explanation, console: Console) -> None:
    """Print a clip's files, and below each label its evidence, facts and where they stand; then what left.

    One thing a line, indented below what it belongs to, so that the output can be searched; a terminal
    gets long lines wrapped below their own beginning, paths and ids in one piece.
    """
    for depth, text in _lines(found):
        lines = [text]
        if console.is_terminal:
            width = max(20, console.width - 2 * depth)
            lines = wrap(text, width, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
        for line in lines:
            style = "bold" if depth < 2 else ""
            console.print("  " * depth + line, style=style, highlight=False, markup=False, soft_wrap=True)


def _lines(found: Explanation) -> Iterator[tuple[int, str]]:
    yield 0, _title(found)
    if found.clip is not None:
        yield 2, _listed(_MEASUREMENTS, found.clip)
    yield from _speech_lines(found)
    for file in found.files:
        yield 1, f"file {file['source']}:{file['path']}{'' if file['is_kept'] else ' (not kept)'}"
        yield from _fields(2, file, "speaker", "recorded_on", "codec", "rate", "channels", "decoder")
        yield from _fields(2, file, "licence", "tier", "basis")
    for label in found.labels:
        yield from _label_lines(label)
    shown = {fact["fact_id"] for label in found.labels for row in label["evidence"] for fact in row["facts"]}
    for row in found.rejections:
        attribute = "" if row["attribute"] is None else f" for {row['attribute']}"
        yield (
            1,
            f"{row['kind']} {row['subject']} rejected at {row['stage']}{attribute}: {row['reason']}: {row['detail']}",
        )
        if row["fact"] is not None and row["subject"] not in shown:
            yield from _fact_lines(row["fact"], 2)
    for row in found.withdrawals:
        yield 1, f"fact {row['fact_id']} withdrawn"
        yield from _fields(2, row, *_CORRECTION)
        yield from _fact_lines(row["fact"], 2)
    if found.unrecorded:
        yield 1, f"no record bears on {', '.join(found.unrecorded)}"


def _speech_lines(found: Explanation) -> Iterator[tuple[int, str]]:
    if found.voices is not None:
        yield from _voice_lines(found.voices)
    for row in found.profile:
        yield from _profile_lines(row, is_alone=len(found.profile) == 1)
    for row in found.disclosures:
        when = "" if row["start_seconds"] is None else f" at {row['start_seconds']:.2f} to {row['end_seconds']:.2f} s"
        where = ", which is cut away" if row["is_cut"] else ""
        yield 1, f"words give {row['attribute']} away: {row['words']!r}{when}{where}"


def _voice_lines(row: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    count = row["count_voices"]
    yield 1, f"speech {row['speech_seconds']:.2f} s, voices {count}, of more than one: {row['second_voice']:.0%}"
    if row["likeness"] is not None:
        yield 2, f"like the speaker's other clips: {row['likeness']:.2f}"
    if row["start_seconds"] is not None:
        yield 2, f"cut to {row['start_seconds']:.2f} to {row['end_seconds']:.2f} s"
    detail = "" if row["transcription_detail"] is None else f": {row['transcription_detail']}"
    yield 2, f"transcript {row['transcription'].replace('_', ' ')}{detail}, {row['count_words']} words"


def _profile_lines(row: Mapping[str, Any], *, is_alone: bool) -> Iterator[tuple[int, str]]:
    measured = _listed(_PROFILE, row)
    yield 2, measured if is_alone else f"voice {row['voice']}{', the target' if row['is_target'] else ''}: {measured}"
    about = itemgetter("attribute", "classifier")
    for (attribute, classifier), judgements in groupby(sorted(row["judgements"], key=about), key=about):
        likeliest = sorted(judgements, key=itemgetter("probability"), reverse=True)
        said = ", ".join(f"{judgement['value']} {judgement['probability']:.0%}" for judgement in likeliest)
        yield 3, f"{attribute} by {classifier}: {said}"


def _listed(formats: Mapping[str, str], row: Mapping[str, Any]) -> str:
    """Return what is known of the values that formats name."""
    return ", ".join(text.format(row[name]) for name, text in formats.items() if row[name] is not None)


def _title(found: Explanation) -> str:
    if found.clip is None:
        is_rejected = any(row["kind"] == "file" for row in found.rejections)
        return "no clip: the file was rejected" if is_rejected else "no clip yet: the file has not been read"
    clip, published = f"clip {found.clip['clip_id']}", found.published
    if published is None:
        return f"{clip}, not in the latest release"
    return f"{clip}, published as {published['clip_id']} in release {published['release']}, split {published['split']}"


def _label_lines(label: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    yield 1, _label(label)
    for evidence in label["evidence"]:
        yield 2, f"{evidence['witness']} says {' or '.join(evidence['values'])}; rule: {evidence['rule']}"
        for fact in evidence["facts"]:
            yield from _fact_lines(fact, 3)
    for estimate in label["estimates"]:
        chances = ", ".join(f"{one['value']} {one['probability']:.0%}" for one in estimate["chances"][:_CHANCES])
        yield 2, f"{estimate['witness']} hears {chances}"


def _label(label: Mapping[str, Any]) -> str:
    sure = "" if label["confidence"] is None else f", {label['confidence']:.0%} sure"
    verdict = ": ".join([label["verdict"] + sure, *label["reasons"]])
    return f"{label['attribute']}{'' if label['value'] is None else ' = ' + label['value']} ({verdict})"


def _fact_lines(fact: Mapping[str, Any], depth: int) -> Iterator[tuple[int, str]]:
    held = f", as at {fact['valid_on']}" if fact["valid_on"] else ""
    yield depth, f"fact {fact['fact_id']}: {fact['property']} {_recorded(fact)}{held}"
    if fact["reading"] is not None:
        yield depth + 1, f"read as {fact['reading']} ({fact['rule']})"
    for place in fact["sightings"]:
        yield depth + 1, f"in {place['record_file']}, {place['locator']}"
    if (original := fact["original"]) is not None:
        yield depth + 1, f"corrects fact {original['fact_id']}: {original['value']!r}"
        yield from _fields(depth + 2, original, *_CORRECTION)
        for place in original["sightings"]:
            yield depth + 2, f"in {place['record_file']}, {place['locator']}"


def _recorded(fact: Mapping[str, Any]) -> str:
    if fact["value"] is None:
        return "is an empty field"
    return f"= {fact['value']!r}" + (f" {fact['unit']}" if fact["unit"] else "")


def _fields(depth: int, row: Mapping[str, Any], *names: str) -> Iterator[tuple[int, str]]:
    text = ", ".join(f"{name.replace('_', ' ')} {row[name]}" for name in names if row[name] is not None)
    if text:
        yield depth, text


def print_settings(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print settings as a settings file that says the same, with what each of them means."""
    for table, settings in groupby(rows, key=itemgetter("table")):
        if table:
            console.print(f"\n[{table}]", style="bold", highlight=False, markup=False, soft_wrap=True)
        for row in settings:
            console.print(_setting(row), highlight=False, markup=False, soft_wrap=True)


def _setting(row: Mapping[str, Any]) -> str:
    if row["value"] is None:
        return f"# {row['setting']} is not set: {row['meaning']}"
    return f"{row['setting']} = {_toml(row['value'])}  # {row['meaning']}"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    # what JSON writes for a string, a number or a list of them, TOML reads as the same
    return json.dumps(value if isinstance(value, int | float | tuple) else str(value), ensure_ascii=False)
