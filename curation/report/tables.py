"""The tables of the report: which columns of a frame stand in them, in which order, under which titles."""

from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

import polars as pl

from curation.report.findings import Findings, calibration_errors
from curation.sources import Stage
from curation.taxonomy import load_taxonomy

Cells = tuple[Any, ...]

STAGES = get_args(Stage)
VERDICTS = ("accepted", "contested", "rejected")


class Column(NamedTuple):
    """A column: its title, and the macro of page.html that writes its values."""

    title: str
    style: str = "words"


class Table(NamedTuple):
    """A table below its title; where there is no row, `otherwise` says why."""

    title: str
    columns: tuple[Column, ...]
    rows: list[Cells]
    otherwise: str = ""


def sources(intake: pl.DataFrame) -> Table:
    """Return what came in, by source."""
    columns = {
        "title": Column("source", "plain"), "licence": Column("licence", "plain"), "tier": Column("tier"),
        "count_files": Column("files", "count"), "count_rejected": Column("left out", "count"),
        "count_clips": Column("clips", "count"), "count_speakers": Column("speakers", "count"),
        "hours": Column("hours", "hours"), "count_facts": Column("facts", "count"),
    }  # fmt: skip
    return _table("Sources", columns, intake, "No source has been read yet.")


def rejections(rejections: pl.DataFrame) -> Table:
    """Return what left, at which stage and why, all sources together."""
    by = ["stage", "kind", "attribute", "reason"]
    summed = (
        rejections.sort("source")
        .group_by(by, maintain_order=True)
        .agg(pl.col("source").unique(maintain_order=True).str.join(", "), pl.col("count_subjects").sum())
        .with_columns(pl.col("attribute").fill_null(""))
        .sort(pl.col("stage").cast(pl.Enum(STAGES)), *by[1:])
    )
    columns = {
        "stage": Column("stage"), "kind": Column("what"), "attribute": Column("attribute"), "reason": Column("reason"),
        "source": Column("sources", "plain"), "count_subjects": Column("left", "count"),
    }  # fmt: skip
    return _table("What left, and why", columns, summed, "Nothing has left: all that came in is in use.", repeated=2)


def verdicts(findings: Findings) -> Table:
    """Return how the labels of each attribute were settled; with those of no record they add up to the clips."""
    clips = findings.intake["count_clips"].sum()
    found = {(row["attribute"], row["verdict"]): row for row in findings.label_verdicts.to_dicts()}
    rows: list[Cells] = []
    for attribute in load_taxonomy().attributes:
        cells = [found.get((attribute, verdict), {}) for verdict in VERDICTS]
        counts = [cell.get("count_labels", 0) for cell in cells]
        counts.append(clips - sum(counts))
        shares = [count / max(clips, 1) for count in counts]
        rows.append((attribute, shares, counts[0], cells[0].get("count_speakers", 0), *counts[1:]))
    columns = (
        Column("attribute"), Column("share of the clips", "stack"), Column("accepted", "count"),
        Column("of speakers", "count"), Column("contested", "count"), Column("rejected", "count"),
        Column("no record", "count"),
    )  # fmt: skip
    return Table("By attribute", columns, rows if clips else [], "No clip is in use yet.")


def classes(classes: pl.DataFrame) -> Table:
    """Return how many labels and speakers each class has, by verdict, in the order of the taxonomy."""
    found = {(row["attribute"], row["value"], row["verdict"]): row for row in classes.to_dicts()}
    rows: list[Cells] = []
    for attribute, known in load_taxonomy().attributes.items():
        stated = {value for name, value, _ in found if name == attribute}
        order = [*known.classes, *sorted(stated - {*known.classes, None}), None]
        for value in (value for value in order if value in stated):
            cells = [found.get((attribute, value, verdict), {}) for verdict in VERDICTS]
            counts = [cell.get(name, 0) for cell in cells for name in ("count_labels", "count_speakers")]
            rows.append((attribute, value or "no single class", *counts))
    counted = (Column(title, "count") for verdict in VERDICTS for title in (verdict, "of speakers"))
    columns = (Column("attribute"), Column("class", "plain"), *counted)
    return Table("By class", columns, _said_once(rows, 1), "No label has been settled yet.")


def reasons(reasons: pl.DataFrame) -> Table:
    """Return why labels are not accepted; one with several reasons counts for each."""
    columns = {
        "attribute": Column("attribute"), "verdict": Column("verdict"), "reason": Column("reason"),
        "count_labels": Column("labels", "count"), "count_speakers": Column("of speakers", "count"),
    }  # fmt: skip
    otherwise = "No label is contested or rejected."
    return _table("Why labels are not accepted", columns, reasons, otherwise, repeated=2)


def confidences(confidences: pl.DataFrame) -> Table:
    """Return how sure the labels are, a column for each bin, and how many are expected to be wrong."""
    lows = confidences["low"].unique().sort().to_list()
    rows: list[Cells] = []
    for (attribute, verdict), some in confidences.group_by("attribute", "verdict", maintain_order=True):
        counts = dict(some.select("low", "count_labels").iter_rows())
        sums = (some["count_labels"].sum(), some["expected_wrong"].sum())
        rows.append((attribute, verdict, *(counts.get(low, 0) for low in lows), *sums))
    bins = (Column(f"from {100 * low:.0f} %", "count") for low in lows)
    columns = (
        Column("attribute"),
        Column("verdict"),
        *bins,
        Column("labels", "count"),
        Column("expected wrong", "decimal"),
    )
    otherwise = "No label has a confidence yet: no model with skill was asked about any of them."
    return Table("Labels by confidence", columns, _said_once(rows, 1), otherwise)


def calibration(bins: pl.DataFrame) -> Table:
    """Return how well each model's probabilities agree with the records."""
    columns = {
        "witness": Column("model", "witness"), "attribute": Column("attribute"),
        "count_speakers": Column("speakers", "count"), "stated": Column("mean probability", "share"),
        "agreeing": Column("records agree", "share"), "error": Column("calibration error", "share"),
    }  # fmt: skip
    otherwise = "No model has made an estimate that could be held against a record."
    errors = bins if bins.is_empty() else calibration_errors(bins)
    return _table("Calibration by attribute", columns, errors, otherwise, repeated=1)


def questions(questions: pl.DataFrame) -> Table:
    """Return what people are asked, by kind."""
    columns = {
        "kind": Column("kind"), "count_open": Column("open", "count"),
        "count_in_budget": Column("within budget", "count"), "hours": Column("hours", "hours"),
        "count_labels": Column("labels behind", "count"),
        "count_wrong": Column("expected wrong", "decimal"), "worth": Column("set right an hour", "decimal"),
    }  # fmt: skip
    wrong = (pl.col("count_labels") * pl.col("chance_wrong")).sum()
    summed = questions if questions.is_empty() else (
        questions.group_by("kind")
        .agg(
            pl.col("is_in_budget").sum().alias("count_in_budget"),
            pl.col("count_labels").sum(),
            count_open=pl.len(),
            hours=pl.col("minutes").sum() / 60,
            count_wrong=wrong,
            worth=wrong / pl.col("minutes").sum() * 60,
        )
        .sort("worth", "kind", descending=[True, False])
    )  # fmt: skip
    return _table("Open questions", columns, summed, "No question has been put to people.")


def answers(answers: pl.DataFrame) -> Table:
    """Return what people have answered, by kind of question."""
    columns = {"kind": Column("kind"), "choice": Column("answer"), "len": Column("answers", "count")}
    counted = answers if answers.is_empty() else answers.group_by("kind", "choice").len().sort("kind", "choice")
    return _table("Answers", columns, counted, "Nobody has answered a question yet.", repeated=1)


def skills(skills: pl.DataFrame) -> Table:
    """Return how well models tell attributes of speakers, or of whole sources, that they have not seen."""
    columns = {
        "attribute": Column("attribute"), "witness": Column("model", "witness"), "held_out": Column("held out"),
        "count_speakers": Column("speakers", "count"), "interval": Column("skill, with its 95 % interval", "interval"),
        "is_used": Column("used", "yes"),
    }  # fmt: skip
    found = skills if skills.is_empty() else _with_interval(skills)
    return _table("", columns, found, "No model has been trained or asked on this corpus yet.", repeated=1)


def shortcuts(shortcuts: pl.DataFrame) -> Table:
    """Return how far each attribute can be told from what must not matter."""
    columns = {
        "attribute": Column("attribute"), "count_clips": Column("clips", "count"),
        "count_speakers": Column("speakers", "count"), "interval": Column("skill, with its 95 % interval", "interval"),
        "finding": Column("shortcut"),
    }  # fmt: skip
    found = _with_interval(shortcuts).with_columns(finding=pl.coalesce("reason", "feature", pl.lit("none clear")))
    return _table("", columns, found, "No label has been accepted yet, so there is nothing to tell.")


def features(features: pl.DataFrame, attribute: str, clips: int, speakers: int) -> Table:
    """Return what each feature tells of an attribute, and what of its clips and speakers is left by matching on it."""
    columns = {
        "feature": Column("feature"), "interval": Column("skill alone", "interval"),
        "lost": Column("lost without it", "skill"),
        "count_clips_left": Column("clips left", "count"), "clips_share": Column("", "share"),
        "count_speakers_left": Column("speakers left", "count"), "speakers_share": Column("", "share"),
    }  # fmt: skip
    shares = _with_interval(features.filter(attribute=attribute)).with_columns(
        clips_share=pl.col("count_clips_left") / clips, speakers_share=pl.col("count_speakers_left") / speakers
    )
    return _table(
        f"{attribute}: what each feature tells", columns, shares.sort("skill", descending=True, nulls_last=True), ""
    )


def audits(audits: pl.DataFrame) -> Table:
    """Return how wrong the accepted labels may be, as far as an audit tells."""
    columns = {
        "attribute": Column("attribute"), "method": Column("method"), "count_speakers": Column("speakers", "count"),
        "count_audited": Column("audited", "count"), "count_wrong": Column("found wrong", "count"),
        "bound": Column("at most wrong, 95 %", "share"),
    }  # fmt: skip
    return _table("", columns, audits, "No label has been audited: nothing is bounded for any attribute.", repeated=1)


def _with_interval(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(interval=pl.concat_list("skill", "low", "high"))


def _table(title: str, columns: Mapping[str, Column], frame: pl.DataFrame, otherwise: str, repeated: int = 0) -> Table:
    """Return a frame as a table; the first `repeated` columns are written where they differ from the row above."""
    rows = [] if frame.is_empty() else frame.select(*columns).rows()
    return Table(title, tuple(columns.values()), _said_once(rows, repeated), otherwise)


def _said_once(rows: list[Cells], count: int) -> list[Cells]:
    said: list[Cells] = []
    for place, row in enumerate(rows):
        above = rows[place - 1] if place else ()
        same = next((column for column in range(count) if row[: column + 1] != above[: column + 1]), count)
        said.append(("",) * same + row[same:])
    return said
