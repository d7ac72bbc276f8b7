import io
from pathlib import Path

import polars as pl
import pytest
import soundfile

from curation.errors import CurationError
from curation.pseudonyms import load_key
from curation.report import page
from curation.report.findings import EXCERPT, ordered
from curation.settings import Settings, SourceSettings, load
from curation.warehouse import Warehouse
from flows.report import excerpts_of, findings_of, pseudonymised, written_report
from tests.pages import Page
from tests.workbench import Workbench

NOWHERE = ("misfiled", "demonstration", "speaker:nobody", "0" * 32, None, None, 0.1, 0.5)


@pytest.fixture(scope="module")
def settings(demonstrated: Path) -> Settings:
    settings = load(demonstrated.parent / "curation.toml")
    root = SourceSettings(root=demonstrated / "demonstration", definition=None)
    return settings.model_copy(update={"sources": {"demonstration": root}})


@pytest.fixture(scope="module")
def conflicts(settings: Settings) -> pl.DataFrame:
    """Return conflicts that nobody found, between the first speakers of several clips."""
    with Warehouse.reading(settings.home) as warehouse:
        clips = warehouse.query("marts/shortcut_features").filter(pl.col("entity").str.starts_with("speaker:"))
    several = clips.filter(pl.len().over("entity") > 1).unique("entity", keep="first", maintain_order=True)
    (one, clip_id), (other, _) = several.select("entity", "clip_id").head(2).rows()
    rows = [
        ("misfiled", "demonstration", one, clip_id, "demonstration", other, 0.4, 0.9),
        ("same_person", "demonstration", one, None, "demonstration", other, 0.9, 0.8),
        NOWHERE,
    ]
    columns = ["kind", "source", "entity", "clip_id", "other_source", "other_entity", "likeness", "probability"]
    return ordered(pl.DataFrame(rows, schema=columns, orient="row"))


def test_report_writes_a_page_and_says_where(demonstration_bench: Workbench, tmp_path: Path) -> None:
    config = demonstration_bench.config
    found = demonstration_bench.curation("report", "--output", tmp_path / "a.html", "--config", config, "--json").json
    assert found == {"report": str(tmp_path / "a.html")}
    written = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert written == page(findings_of(load(config)))
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]
    counts = demonstration_bench.manifest["counts"]
    assert f"the latest release is {demonstration_bench.latest}" in written
    shown = Page(written)
    labels = sum(int(cell.replace(",", "")) for cell in shown.column("By attribute", "accepted"))
    assert labels >= counts["labels"] > 0
    assert int(shown.column("Sources", "files")[0]) > int(shown.column("Sources", "clips")[0]) >= counts["clips"]


def test_the_page_names_no_speaker_path_or_record_of_a_source(settings: Settings) -> None:
    text = page(findings_of(settings))
    with Warehouse.reading(settings.home) as warehouse:
        entities = warehouse.query("marts/shortcut_features")["entity"].unique()
    names = [entity.partition(":")[2] for entity in entities]
    assert names
    assert not [name for name in names if f">{name}<" in text or f" {name} " in text or f"/{name}/" in text]


def test_speakers_go_by_the_first_digits_of_their_published_ids(
    demonstration_bench: Workbench, conflicts: pl.DataFrame
) -> None:
    named = pseudonymised(conflicts, load_key(create=False)).filter(kind="same_person")
    published = demonstration_bench.table("clips")["speaker_id"].drop_nulls().str.head(8)
    assert set(named.select("entity", "other_entity").row(0)) <= set(published)


def test_conflicts_are_heard_in_excerpts_of_a_few_seconds(settings: Settings, conflicts: pl.DataFrame) -> None:
    with Warehouse.reading(settings.home) as warehouse:
        excerpts = excerpts_of(settings, warehouse, conflicts)
    assert excerpts.schema == pl.Schema(EXCERPT)
    heard = excerpts.filter(pl.col("place") < 2)
    assert heard["role"].to_list() == ["clip", "speaker", "other", "speaker", "other"]
    assert heard["clip_id"][0] == conflicts["clip_id"][0] != heard["clip_id"][1]
    for flac in heard["flac"]:
        sound = soundfile.info(io.BytesIO(flac))
        assert (sound.samplerate, sound.channels, sound.format) == (16_000, 1, "FLAC")
        assert 0.4 < sound.duration <= 5.0
    assert excerpts.filter(place=2)["reason"].to_list() == ["no_other_clip"] * 2


def test_a_sound_that_is_not_there_is_named_as_not_there(
    settings: Settings, conflicts: pl.DataFrame, tmp_path: Path
) -> None:
    moved = settings.model_copy(update={"sources": {"demonstration": SourceSettings(root=tmp_path, definition=None)}})
    for away in (moved, settings.model_copy(update={"sources": {}})):
        with Warehouse.reading(settings.home) as warehouse:
            excerpts = excerpts_of(away, warehouse, conflicts.head(1))
        assert excerpts["reason"].to_list() == ["not_on_disk"] * 3
        assert excerpts["flac"].null_count() == 3


def test_without_conflicts_there_is_nothing_to_hear_or_to_name(settings: Settings) -> None:
    with Warehouse.reading(settings.home) as warehouse:
        assert excerpts_of(settings, warehouse, pl.DataFrame()).is_empty()
    assert pseudonymised(pl.DataFrame(), load_key(create=False)).is_empty()


def test_a_page_that_cannot_be_written_is_one_message(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(CurationError, match=r"nowhere/r\.html: No such file or directory; name a file to write to"):
        written_report(settings, tmp_path / "nowhere" / "r.html")
