"""Findings of a corpus that nobody has, with something in every section of the report."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from curation.audio import encode_flac
from curation.report.findings import EXCERPT, Findings
from curation.shortcuts import FEATURES, SHORTCUT, SHORTCUT_FEATURE
from tests.small_corpus import sound

CLASSES = {"age": ("20-30", "30-40", "40-50"), "gender": ("Female", "Male")}
AUDIT_MODEL = "model/audit@0123456789abcdef"
SPEAKERS = 120


def findings(seed: int = 0) -> Findings:
    """Return findings with rows in every frame; the numbers come from the seed and mean nothing."""
    dice = np.random.default_rng(seed)
    labels = _labels(dice)
    return Findings(
        version="1.2.0",
        intake=_intake(),
        rejections=_rejections(),
        label_verdicts=labels.group_by("attribute", "verdict", maintain_order=True).agg(
            pl.col("count_labels", "count_speakers").sum()
        ),
        label_classes=labels,
        label_reasons=_frame(
            ("attribute", "verdict", "reason", "count_labels", "count_speakers"),
            ("age", "contested", "record_spans_classes", 41, 9),
            ("age", "contested", "voice_disagrees", 17, 4),
            ("gender", "contested", "words_give_it_away", 6, 5),
            ("gender", "rejected", "outside_classes", 7, 2),
        ),
        label_confidences=_confidences(dice),
        shortcuts=pl.DataFrame(
            [
                ("accent", 300, 50, None, None, None, False, None, "few_speakers"),
                ("age", 1258, 119, 0.013, -0.043, 0.068, False, None, None),
                ("gender", 1311, 120, 0.214, 0.131, 0.298, True, "loudness_lufs", None),
            ],
            schema=dict(SHORTCUT),
            orient="row",
        ),
        shortcut_features=_features(dice),
        estimates=_estimates(np.random.default_rng(seed)),
        recorded=_recorded(np.random.default_rng(seed)),
        skills=_frame(
            ("attribute", "witness", "held_out", "count_speakers", "skill", "low", "high", "is_used"),
            ("age", AUDIT_MODEL, "speakers", 119, 0.082, 0.011, 0.153, True),
            ("age", AUDIT_MODEL, "sources", 119, -0.064, -0.171, 0.032, False),
            ("gender", AUDIT_MODEL, "speakers", 120, 0.841, 0.782, 0.897, True),
            ("gender", "model/wav2vec@fedcba9876543210", "speakers", 120, 0.913, 0.871, 0.951, True),
        ),
        questions=_questions(dice),
        answers=_frame(
            ("kind", "choice"), *[("record", "supported")] * 14, *[("record", "record_wrong")] * 3,
            *[("identity", "other_voice")] * 5,
        ),
        conflicts=_frame(
            ("kind", "source", "entity", "clip_id", "other_source", "other_entity", "likeness", "probability"),
            ("misfiled", "one", "aa11bb22", f"{1:032x}", "two", "cc33dd44", 0.412, 0.991),
            ("same_person", "one", "ee55ff66", None, "two", "0a1b2c3d", 0.934, 0.874),
            ("misfiled", "two", "4e5f6a7b", f"{2:032x}", None, None, 0.297, 0.655),
        ),
        excerpts=_excerpts(),
        audits=_frame(
            ("attribute", "method", "count_speakers", "count_audited", "count_wrong", "bound"),
            ("age", "second_record", 119, 37, 1, 0.122),
            ("gender", "hearing", 120, 60, 0, 0.033),
            ("weight", "mapping", 88, 0, 0, None),
        ),
    )  # fmt: skip


def nothing_found() -> Findings:
    """Return the findings of a home in which the first stage has not ended."""
    full = findings()
    marts = ("intake", "rejections", "label_verdicts", "label_classes", "label_reasons", "label_confidences")
    rest = ("estimates", "recorded", "skills", "questions", "answers", "conflicts", "excerpts", "audits")
    return replace(
        full,
        version=None,
        **{name: getattr(full, name).clear() for name in (*marts, "shortcuts", "shortcut_features")},
        **{name: pl.DataFrame() for name in rest},
    )


def _frame(columns: tuple[str, ...], *rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame([*rows], schema=[*columns], orient="row", infer_schema_length=None)


def _intake() -> pl.DataFrame:
    columns = (
        "source", "title", "licence", "tier", "count_files", "count_rejected", "count_clips", "count_speakers", "hours",
        "count_facts",
    )  # fmt: skip
    return _frame(
        columns,
        ("one", "First corpus", "CC-BY-4.0", "research", 1204, 23, 1181, 70, 1.284, 2210),
        ("two", "Second corpus, of interviews", "LicenseRef-second", "internal", 260, 41, 219, 50, 3.907, 613),
    )


def _rejections() -> pl.DataFrame:
    return _frame(
        ("stage", "source", "kind", "attribute", "reason", "count_subjects"),
        ("ingest", "one", "file", None, "copy", 14),
        ("ingest", "one", "file", None, "truncated", 9),
        ("ingest", "two", "file", None, "copy", 41),
        ("segment", "two", "clip", None, "no_clean_stretch", 33),
        ("ground", "one", "fact", "age", "implausible", 6),
        ("ground", "two", "fact", "age", "implausible", 2),
        ("ground", "two", "fact", "weight", "undated", 72),
    )


def _labels(dice: np.random.Generator) -> pl.DataFrame:
    rows = []
    for attribute, classes in CLASSES.items():
        for value in (*classes, None):
            for verdict in ("accepted", "contested", "rejected"):
                if (value is None) == (verdict == "accepted"):
                    continue
                speakers = int(dice.integers(2, 50))
                rows.append((attribute, value, verdict, speakers * 7 + int(dice.integers(7)), speakers))
    columns = ("attribute", "value", "verdict", "count_labels", "count_speakers")
    return _frame(columns, *rows)


def _confidences(dice: np.random.Generator) -> pl.DataFrame:
    rows = []
    for attribute in CLASSES:
        for low in (0.0, 0.5, 0.75, 0.9, 0.95, 0.99):
            count = int(dice.integers(10, 400) * (low + 0.1))
            verdict = "accepted" if low >= 0.5 else "contested"
            rows.append((attribute, verdict, low, count, count // 7 + 1, count * (1 - low) / 2))
    columns = ("attribute", "verdict", "low", "count_labels", "count_speakers", "expected_wrong")
    return _frame(columns, *rows)


def _features(dice: np.random.Generator) -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for attribute, clips, speakers in (("age", 1258, 119), ("gender", 1311, 120)):
        for name in FEATURES:
            if name == "channels":
                rows.append((attribute, name, None, None, None, None, clips, speakers))
                continue
            skill = 0.187 if (attribute, name) == ("gender", "loudness_lufs") else float(dice.normal(0, 0.02))
            lost = None if attribute == "age" else 0.8 * max(skill, 0.003)
            left = dice.uniform(0.5, 1)
            sizes = (int(left * clips), int(left**0.5 * speakers))
            rows.append((attribute, name, skill, skill - 0.04, skill + 0.04, lost, *sizes))
    return pl.DataFrame(rows, schema=dict(SHORTCUT_FEATURE), orient="row")


def _speakers(dice: np.random.Generator) -> list[tuple[str, int, str, dict[str, float]]]:
    """Return attribute, speaker, recorded class and chances, which mean what they say."""
    rows = []
    for attribute, classes in CLASSES.items():
        for speaker in range(SPEAKERS):
            chances = dice.dirichlet(np.full(len(classes), 0.6))
            value = str(dice.choice(classes, p=chances))
            rows.append((attribute, speaker, value, dict(zip(classes, map(float, chances), strict=True))))
    return rows


def _estimates(dice: np.random.Generator) -> pl.DataFrame:
    rows = [
        {
            "clip_id": f"{2 * speaker + take:032x}",
            "source": "one",
            "entity": f"speaker:{speaker}",
            "attribute": attribute,
            "witness": AUDIT_MODEL,
            "chances": [{"value": value, "probability": chance} for value, chance in chances.items()],
        }
        for attribute, speaker, _, chances in _speakers(dice)
        for take in (0, 1)
    ]
    return pl.DataFrame(rows)


def _recorded(dice: np.random.Generator) -> pl.DataFrame:
    rows = [
        (f"{2 * speaker + take:032x}", "one", f"speaker:{speaker}", attribute, value)
        for attribute, speaker, value, _ in _speakers(dice)
        for take in (0, 1)
    ]
    return _frame(("clip_id", "source", "entity", "attribute", "value"), *rows)


def _questions(dice: np.random.Generator) -> pl.DataFrame:
    minutes = {"record": 4.0, "identity": 1.0, "words": 0.5}
    kinds = dice.choice([*minutes], size=180)
    labels = np.where(kinds == "record", dice.integers(1, 20, size=180), 1)
    frame = pl.DataFrame(
        {
            "kind": kinds,
            "count_labels": labels,
            "chance_wrong": dice.beta(1, 2, size=180),
            "minutes": [minutes[str(kind)] for kind in kinds],
        }
    )
    frame = frame.with_columns(worth=pl.col("count_labels") * pl.col("chance_wrong") / pl.col("minutes"))
    ordered = frame.sort("worth", descending=True).with_columns(
        is_audit=False, is_in_budget=pl.int_range(pl.len()) < 150
    )
    audit = ordered.head(20).with_columns(kind=pl.lit("hearing"), minutes=0.5, is_audit=True)
    return pl.concat([audit, ordered])


def _excerpts() -> pl.DataFrame:
    rows = [
        (0, "clip", f"{1:032x}", encode_flac(sound(1)), ""),
        (0, "speaker", f"{3:032x}", encode_flac(sound(2)), ""),
        (0, "other", f"{4:032x}", encode_flac(sound(3)), ""),
        (1, "speaker", f"{5:032x}", encode_flac(sound(4)), ""),
        (1, "other", f"{6:032x}", None, "not_on_disk"),
        (2, "clip", f"{2:032x}", encode_flac(sound(5)), ""),
        (2, "speaker", None, None, "no_other_clip"),
    ]
    return pl.DataFrame(rows, schema=dict(EXCERPT), orient="row")
