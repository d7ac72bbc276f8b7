from base64 import b64decode
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.report import page, tables
from curation.report.findings import MOST_CONFLICTS, Findings, ordered, reliability, to_hear, wrong_left
from curation.taxonomy import load_taxonomy
from tests.made_findings import findings, nothing_found
from tests.pages import Page, opened

NONE, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
FOUND = findings()
HTML = page(FOUND)
PAGE = Page(HTML)
HOSTILE = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>{{ 7 * 7 }}</td>"


def count(value: float) -> str:
    return f"{value:,}"


def share(value: float | None) -> str:
    return NONE if value is None else f"{100 * value:.1f} %"


def interval(row: dict[str, float | None]) -> str:
    if row["skill"] is None:
        return NONE
    skill, low, high = (f"{row[name]:z.2f}".replace("-", MINUS) for name in ("skill", "low", "high"))
    return f"{skill} {low} to {high}"


def test_the_figures_on_top_are_sums_of_the_frames() -> None:
    labels = FOUND.label_verdicts
    accepted, contested, rejected = (
        labels.filter(verdict=verdict)["count_labels"].sum() for verdict in ("accepted", "contested", "rejected")
    )
    wrong = FOUND.label_confidences.filter(verdict="accepted")["expected_wrong"].sum()
    hours = FOUND.questions["minutes"].sum() / 60
    for figure in (
        "clips1,400of 1,464 files",
        "hours of sound5.19from 2 sources",
        "speakers120with a clip in use",
        f"accepted labels{accepted:,}{contested:,} contested, {rejected:,} rejected",
        f"expected wrong{wrong:,.1f}of the accepted",
        f"open questions200{hours:.2f} hours",
        "identity conflicts3found by voice",
        "shortcuts1in 2 attributes judged",
    ):
        assert figure in PAGE.text


def test_what_came_in_and_left_is_told_by_source_stage_and_reason() -> None:
    for title, name in {"files": "count_files", "left out": "count_rejected", "clips": "count_clips"}.items():
        assert PAGE.column("Sources", title) == [*map(count, FOUND.intake[name])]
    assert PAGE.column("Sources", "hours") == ["1.28", "3.91"]
    assert [" ".join(row) for row in PAGE.tables["What left, and why"]] == [
        "ingest file  copy one, two 55",
        "   truncated one 9",
        "segment clip  no clean stretch two 33",
        "ground fact age implausible one, two 8",
        "  weight undated two 72",
    ]


def test_the_labels_of_an_attribute_add_up_to_the_clips() -> None:
    titles = ("accepted", "contested", "rejected", "no record")
    columns = [PAGE.column("By attribute", title) for title in titles]
    assert PAGE.column("By attribute", "attribute") == [name.replace("_", " ") for name in load_taxonomy().attributes]
    for row in zip(*columns, strict=True):
        assert sum(int(cell.replace(",", "")) for cell in row) == FOUND.intake["count_clips"].sum()
    for name, accepted in zip(load_taxonomy().attributes, columns[0], strict=True):
        known = FOUND.label_verdicts.filter(attribute=name, verdict="accepted")["count_labels"]
        assert accepted == count(int(known.sum()))


def test_every_class_has_its_labels_and_speakers_by_verdict() -> None:
    attribute, shown = "", 0
    for row in PAGE.tables["By class"]:
        attribute = row[0] or attribute
        value = None if row[1] == "no single class" else row[1]
        classes = FOUND.label_classes.filter(pl.col("attribute") == attribute, pl.col("value").eq_missing(value))
        for place, verdict in enumerate(("accepted", "contested", "rejected")):
            of_verdict = classes.filter(verdict=verdict).select("count_labels", "count_speakers").sum().row(0)
            assert row[2 + 2 * place : 4 + 2 * place] == [*map(count, of_verdict)]
            shown += of_verdict[0]
    assert shown == FOUND.label_classes["count_labels"].sum()
    assert PAGE.column("Why labels are not accepted", "labels") == ["41", "17", "6", "7"]


def test_labels_are_counted_by_confidence_with_those_expected_to_be_wrong() -> None:
    rows = [*FOUND.label_confidences.group_by("attribute", "verdict", maintain_order=True)]
    for place, low in enumerate(("0", "50", "75", "90", "95", "99")):
        known = [int(some.filter(low=float(low) / 100)["count_labels"].sum()) for _, some in rows]
        assert PAGE.column("Labels by confidence", f"from {low} %") == [*map(count, known)], place
    wrong = [f"{some['expected_wrong'].sum():,.1f}" for _, some in rows]
    assert PAGE.column("Labels by confidence", "expected wrong") == wrong


def test_calibration_is_that_of_the_class_held_likeliest_speaker_by_speaker() -> None:
    told = FOUND.estimates.unique(["attribute", "entity"], keep="first", maintain_order=True)
    likeliest = [max(chances, key=lambda chance: chance["probability"]) for chances in told["chances"]]
    recorded = told.join(FOUND.recorded, on=["clip_id", "attribute"], maintain_order="left")["value"]
    stated = np.array([chance["probability"] for chance in likeliest])
    agreeing = np.array([chance["value"] == value for chance, value in zip(likeliest, recorded, strict=True)])
    bins = np.minimum(stated * 10, 9).astype(int)
    for place, attribute in enumerate(("age", "gender")):
        rows = (told["attribute"] == attribute).to_numpy()
        cells = [rows & (bins == number) for number in range(10)]
        error = sum(abs(stated[cell].sum() - agreeing[cell].sum()) for cell in cells) / rows.sum()
        shown = [row[2:] for row in PAGE.tables["Calibration by attribute"]][place]
        assert shown == ["120", *map(share, (stated[rows].mean(), agreeing[rows].mean(), error))]


def test_a_clip_more_of_a_speaker_changes_no_calibration() -> None:
    more = pl.concat([FOUND.estimates, FOUND.estimates.with_columns(clip_id="another " + pl.col("clip_id"))])
    recorded = pl.concat([FOUND.recorded, FOUND.recorded.with_columns(clip_id="another " + pl.col("clip_id"))])
    assert reliability(more, recorded).equals(reliability(FOUND.estimates, FOUND.recorded))


def test_questions_and_answers_are_counted_by_kind() -> None:
    for row in PAGE.tables["Open questions"]:
        some = FOUND.questions.filter(kind=row[0])
        wrong, hours = float((some["count_labels"] * some["chance_wrong"]).sum()), float(some["minutes"].sum()) / 60
        sums = [some.height, int(some["is_in_budget"].sum()), int(some["count_labels"].sum())]
        assert [row[1], row[2], row[4]] == [*map(count, sums)]
        assert [row[3], *row[5:]] == [f"{hours:.2f}", f"{wrong:.1f}", f"{wrong / hours:.1f}"]
    assert PAGE.column("Answers", "answers") == ["5", "3", "14"]


@given(st.lists(st.tuples(st.integers(1, 50), st.floats(0.01, 1)), min_size=1, max_size=40))
def test_asking_the_most_wrong_first_leaves_no_more_than_asking_at_random(asked: list[tuple[int, float]]) -> None:
    ordered_by_worth = sorted(asked, key=lambda question: -question[0] * question[1])
    questions = pl.DataFrame(ordered_by_worth, schema=["count_labels", "chance_wrong"], orient="row")
    curve = wrong_left(questions.with_columns(is_audit=False))
    total = sum(labels * chance for labels, chance in asked)
    assert curve["asked"].to_list() == [*range(len(asked) + 1)]
    assert curve["left"][0] == pytest.approx(total)
    assert curve["left"][-1] == pytest.approx(0, abs=1e-9)
    assert (curve["left"] <= curve["left_by_chance"] + 1e-9).all()
    assert (curve["left"].diff().drop_nulls() < 0).all()


def test_skills_and_shortcuts_stand_with_their_intervals() -> None:
    skill = "skill, with its 95 % interval"
    assert PAGE.column("Skill of the models", skill) == [*map(interval, FOUND.skills.to_dicts())]
    assert PAGE.column("Skill of the models", "used") == ["yes", "no", "yes", "yes"]
    assert PAGE.column("Shortcuts", skill) == [*map(interval, FOUND.shortcuts.to_dicts())]
    assert PAGE.column("Shortcuts", "shortcut") == ["not judged: too few speakers", "none clear", "loudness"]


@pytest.mark.parametrize(("attribute", "clips", "speakers"), [("age", 1258, 119), ("gender", 1311, 120)])
def test_each_feature_stands_with_its_skill_and_what_balancing_costs(attribute: str, clips: int, speakers: int) -> None:
    known = FOUND.shortcut_features.filter(attribute=attribute).sort("skill", descending=True, nulls_last=True)
    heading = f"{attribute}: what each feature tells"
    assert PAGE.column(heading, "skill alone") == [*map(interval, known.to_dicts())]
    assert PAGE.column(heading, "clips left") == [*map(count, known["count_clips_left"])]
    assert PAGE.column(heading, "speakers left") == [*map(count, known["count_speakers_left"])]
    rows = [row[4:7:2] for row in PAGE.tables[heading]]
    left = known.select(pl.col("count_clips_left") / clips, pl.col("count_speakers_left") / speakers)
    assert rows == [[*map(share, row)] for row in left.rows()]
    lost = [NONE if value is None else f"{value:.2f}" for value in known["lost"]]
    assert PAGE.column(heading, "lost without it") == lost


def test_the_audit_says_what_was_bounded_and_where_nothing_was() -> None:
    assert PAGE.tables["Audit"] == [
        ["age", "second record", "119", "37", "1", "12.2 %"],
        ["gender", "hearing", "120", "60", "0", "3.3 %"],
        ["weight", "mapping audited only", "88", "0", "0", NONE],
    ]


def test_conflicts_are_told_with_their_sounds_beside_them() -> None:
    sounds = [b64decode(source.partition("base64,")[2]) for source in PAGE.values("src")]
    assert sounds == FOUND.excerpts["flac"].drop_nulls().to_list()
    text = " ".join(PAGE.text.split())
    assert (
        "does not sound like speaker aa11bb22, under whom it is filed; it sounds like speaker cc33dd44 of two." in text
    )
    assert "Speaker ee55ff66 of one and speaker 0a1b2c3d of two sound alike." in text
    assert "Probability 99.1 %, likeness 0.41." in text
    assert "not to be heard: not on disk" in text
    assert "not to be heard: no other clip" in text


def test_of_many_conflicts_the_most_probable_are_shown_and_the_others_counted() -> None:
    many = pl.concat([FOUND.conflicts.with_columns(probability=pl.lit(place / 50)) for place in range(10)])
    html = page(replace(FOUND, conflicts=ordered(many), excerpts=pl.DataFrame()))
    assert html.count("<article") == MOST_CONFLICTS
    assert html.index("Probability 18.0 %") < html.index("Probability 4.0 %")
    assert f"{30 - MOST_CONFLICTS} less probable ones are not shown" in html


def test_a_misfiled_clip_is_heard_beside_another_of_its_speaker() -> None:
    wanted = to_hear(FOUND.conflicts)
    assert wanted.select("place", "role").rows() == [
        (0, "clip"), (0, "speaker"), (0, "other"), (1, "speaker"), (1, "other"), (2, "clip"), (2, "speaker"),
    ]  # fmt: skip
    clip_id = f"{1:032x}"
    assert wanted.filter(place=0).select("clip_id", "other_than").rows() == [
        (clip_id, None), (None, clip_id), (None, None),
    ]  # fmt: skip


def test_where_nothing_has_been_found_each_section_says_so_in_a_sentence() -> None:
    html = page(nothing_found())
    empty = Page(html)
    assert not empty.tables
    assert "nothing has been released yet" in html
    assert html.count('class="empty"') == 13
    assert HTML.count('class="empty"') == 0


def test_where_no_model_has_skill_the_page_says_so() -> None:
    unused = FOUND.skills.with_columns(is_used=False)
    assert "No model has skill for any attribute" in page(replace(FOUND, skills=unused))
    assert "No model has skill for any attribute" not in HTML


def hostile(found: Findings) -> Findings:
    """Return findings in which every text that a corpus, a model or a person could choose is hostile."""
    chosen = ("title", "licence", "source", "other_source", "entity", "other_entity", "value", "witness", "choice")
    texts = ("reason", "feature", "method", "held_out")
    changed = {}
    for field in fields(found):
        frame = getattr(found, field.name)
        if isinstance(frame, pl.DataFrame):
            columns = [name for name in (*chosen, *texts) if name in frame.columns]
            changed[field.name] = frame.with_columns(pl.col(columns) + HOSTILE)
    return replace(found, version=HOSTILE, **changed)


def test_hostile_text_is_text() -> None:
    attacked = Page(page(hostile(FOUND)))
    assert not {"img", "script"} & {tag for tag, _ in attacked.elements}
    assert not {name for _, attributes in attacked.elements for name in attributes if name.startswith("on")}
    assert attacked.text.count(HOSTILE) > 50
    assert {tag for tag, _ in attacked.elements} == {tag for tag, _ in PAGE.elements}


def test_the_page_asks_for_nothing_from_elsewhere_and_runs_nothing() -> None:
    sources = [*PAGE.values("src"), *PAGE.values("href")]
    assert sources
    assert all(source.startswith(("data:", "#")) for source in sources)
    assert not {"script", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in PAGE.elements}
    assert not {"http:", "https:", "url(", "@import"} & {
        mark for mark in ("http:", "https:", "url(", "@import") if mark in HTML
    }
    (policy,) = (attributes["content"] for _, attributes in PAGE.elements if "http-equiv" in attributes)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy


def test_the_page_says_on_top_that_it_is_internal() -> None:
    assert "Internal. This page may hold voices" in PAGE.text[: PAGE.text.index("What came in, and what left")]


def test_the_same_findings_give_the_same_page() -> None:
    assert page(findings()) == HTML


def test_every_entry_of_the_contents_leads_to_a_section() -> None:
    sections = {f"#{name}" for name in PAGE.values("id")}
    assert {link for link in PAGE.values("href") if link.startswith("#")} == sections


@pytest.mark.parametrize("what", ["full", "hostile"])
def test_it_opens_in_a_browser_without_errors(what: str, browser: str, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(page(FOUND if what == "full" else hostile(FOUND)), encoding="utf-8")
    said, picture = opened(browser, file, tmp_path)
    assert said == []
    assert picture.stat().st_size > 100_000


def test_it_is_no_wider_than_a_window_of_1280_pixels(browser: str, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    asking = "<script>console.log('wide', document.documentElement.scrollWidth)</script></body>"
    file.write_text(HTML.replace("default-src 'none';", "").replace("</body>", asking), encoding="utf-8")
    (line,) = opened(browser, file, tmp_path)[0]
    assert "wide 1280" in line


def test_a_browser_that_is_told_to_run_something_would_say_so(browser: str, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(HTML.replace("</body>", "<script>alert(1)</script></body>"), encoding="utf-8")
    said, _ = opened(browser, file, tmp_path)
    assert len(said) == 1
    assert "Content Security Policy" in said[0]


def test_a_table_without_rows_says_why() -> None:
    table = tables.skills(pl.DataFrame())
    assert (table.rows, table.otherwise) == ([], "No model has been trained or asked on this corpus yet.")
