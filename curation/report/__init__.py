"""The report: one HTML page that holds all that it shows, to look at inside the project.

page.html says where things stand and how they look. All text is escaped, and the page forbids itself to run or to load
anything.
"""

from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from curation.report import tables
from curation.report.charts import Chart, Line, chart
from curation.report.findings import MOST_CONFLICTS, Findings, pooled, reliability, wrong_left

# What a name means, where its words do not say it.
_MEANINGS = {
    "seconds": "duration", "loudness_lufs": "loudness", "bandwidth_hz": "bandwidth", "silence_share": "silence",
    "snr_db": "signal over noise", "rate": "sampling rate", "size": "file size", "characters": "length of transcript",
    "mapping": "mapping audited only", "few_speakers": "not judged: too few speakers",
    "one_class": "not judged: one class",
}  # fmt: skip


def page(findings: Findings) -> str:
    """Return the page as HTML; the same findings give the same page."""
    bins = pl.DataFrame()
    if not findings.estimates.is_empty() and not findings.recorded.is_empty():
        bins = reliability(findings.estimates, findings.recorded)
    return _template().render(
        version=findings.version,
        figures=_figures(findings),
        sources=tables.sources(findings.intake),
        rejections=tables.rejections(findings.rejections),
        verdicts=tables.verdicts(findings),
        classes=tables.classes(findings.label_classes),
        reasons=tables.reasons(findings.label_reasons),
        confidences=tables.confidences(findings.label_confidences),
        calibration=tables.calibration(bins),
        calibration_chart=_calibration_chart(bins),
        questions=tables.questions(findings.questions),
        answers=tables.answers(findings.answers),
        questions_chart=_questions_chart(findings.questions),
        skills=tables.skills(findings.skills),
        has_skill=findings.skills.is_empty() or findings.skills["is_used"].any(),
        shortcuts=tables.shortcuts(findings.shortcuts),
        features=[*_features(findings)],
        conflicts=_conflicts(findings),
        count_conflicts=findings.conflicts.height,
        audits=tables.audits(findings.audits),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["words"] = _words
    return environment.get_template("page.html")


def _words(name: str) -> str:
    return _MEANINGS.get(name, name.replace("_", " "))


def _figures(findings: Findings) -> list[tuple[str, float | None, str, str]]:
    """Return the numbers on top: what, how many, how it is written, and a note."""
    intake, questions = findings.intake, findings.questions
    counts = dict(findings.label_verdicts.group_by("verdict").agg(pl.col("count_labels").sum()).iter_rows())
    accepted, contested, rejected = (counts.get(verdict, 0) for verdict in tables.VERDICTS)
    sure = findings.label_confidences.filter(verdict="accepted")
    wrong = None if sure.is_empty() else sure["expected_wrong"].sum()
    hours = 0.0 if questions.is_empty() else questions["minutes"].sum() / 60
    shortcuts = findings.shortcuts
    return [
        ("clips", intake["count_clips"].sum(), "count", f"of {intake['count_files'].sum():,} files"),
        ("hours of sound", intake["hours"].sum(), "hours", f"from {intake.height:,} sources"),
        ("speakers", intake["count_speakers"].sum(), "count", "with a clip in use"),
        ("accepted labels", accepted, "count", f"{contested:,} contested, {rejected:,} rejected"),
        ("expected wrong", wrong, "decimal", "of the accepted, by confidence"),
        ("open questions", questions.height, "count", f"{hours:,.2f} hours of a person"),
        ("identity conflicts", findings.conflicts.height, "count", "found by voice"),
        ("shortcuts", shortcuts["is_clear"].sum(), "count", f"in {shortcuts['skill'].count():,} attributes judged"),
    ]


def _calibration_chart(bins: pl.DataFrame) -> Chart | None:
    if bins.is_empty():
        return None
    lines = [Line("as stated", (0, 1), (0, 1))]
    for (witness,), some in pooled(bins).group_by("witness", maintain_order=True):
        x, y, sizes = (some[name].to_list() for name in ("stated", "agreeing", "count_speakers"))
        lines.append(Line(str(witness), x, y, sizes))
    return chart("probability of the class held likeliest", "share of records that agree", lines)


def _questions_chart(questions: pl.DataFrame) -> Chart | None:
    curve = pl.DataFrame() if questions.is_empty() else wrong_left(questions)
    if curve.is_empty():
        return None
    asked, left, by_chance = (curve[name].to_list() for name in ("asked", "left", "left_by_chance"))
    lines = [Line("in random order", asked, by_chance), Line("in their order", asked, left)]
    return chart("questions answered", "wrong labels expected to be left", lines)


def _features(findings: Findings) -> Iterator[tuple[bool, tables.Table]]:
    """Yield whether an attribute has a shortcut, and the table of what each feature has in it."""
    judged = findings.shortcuts.filter(pl.col("skill").is_not_null())
    for row in judged.sort("is_clear", descending=True, maintain_order=True).to_dicts():
        sizes = (row["count_clips"], row["count_speakers"])
        yield row["is_clear"], tables.features(findings.shortcut_features, row["attribute"], *sizes)


def _conflicts(findings: Findings) -> list[dict[str, Any]]:
    """Return the conflicts that are shown, each with the sounds to play beside it."""
    sounds: dict[int, list[dict[str, Any]]] = {}
    for row in findings.excerpts.to_dicts():
        sound = None if row["flac"] is None else b64encode(row["flac"]).decode("ascii")
        sounds.setdefault(row["place"], []).append({**row, "sound": sound})
    shown = findings.conflicts.head(MOST_CONFLICTS).to_dicts()
    return [{**row, "excerpts": sounds.get(place, [])} for place, row in enumerate(shown)]
