import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import soundfile
from pydantic import BaseModel

from curation.audio import RATE
from curation.settings import ClassifierSettings, Settings, SourceSettings
from flows.cli import app
from tests.small_corpus import sound

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMED: dict[str, type[BaseModel]] = {"sources": SourceSettings, "classifiers": ClassifierSettings}


def settings_rows(prefix: str, table: type[BaseModel]) -> Iterator[str]:
    for name, field in table.model_fields.items():
        if name in NAMED:
            yield from settings_rows(f"{prefix}{name}.NAME.", NAMED[name])
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings_rows(f"{prefix}{name}.", field.annotation)
        else:
            default = "" if field.is_required() else "none" if field.default in (None, ()) else field.default
            yield f"| `{prefix}{name}` | {default} | {field.description} |"


def block_after(phrase: str) -> str:
    """Return the first fenced block after a phrase of the README."""
    match = re.compile(r"```\w*\n(.*?)```", re.DOTALL).search(README, README.index(phrase))
    assert match is not None, phrase
    return match[1]


def test_the_table_of_settings_is_that_of_the_code() -> None:
    table = README.split("<!-- settings:")[1].split("<!-- end of settings -->")[0]
    assert [line for line in table.splitlines() if line.startswith("| `")] == list(settings_rows("", Settings))


def test_every_command_stands_in_the_readme() -> None:
    commands = {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert {name for name in commands if f"curation {name}" not in README} <= {"rebuild"}
    assert "curation export hearsay DIR" in README
    assert "make rebuild-dataset" in README


def test_every_option_of_rebuild_stands_in_the_readme() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "flows.cli", "rebuild", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    options = set(re.findall(r"--[a-z-]+", finished.stdout)) - {"--help", "--version"}
    assert options >= {"--config", "--dry-run", "--rehash", "--source", "--stage", "--clip", "--limit", "--json"}
    assert not {option for option in options if option not in README}


def test_every_link_into_the_project_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]


def test_every_make_target_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`?make ([a-z][a-z-]*)", README)) - {"needs"}
    assert targets
    assert not [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)]


@pytest.fixture
def newcomer(tmp_path: Path) -> Path:
    """Return a folder in which a newcomer has followed `A new source in five minutes`."""
    corpus, definition = tmp_path / "corpora" / "my_corpus", tmp_path / "definitions" / "my_corpus"
    (corpus / "audio").mkdir(parents=True)
    definition.mkdir(parents=True)
    (corpus / "people.csv").write_text(block_after("holds `people.csv`"))
    (corpus / "recordings.csv").write_text(block_after("and `recordings.csv` beside"))
    for name in ("source.toml", "clips.sql", "facts.sql"):
        (definition / name).write_text(block_after(f"`definitions/my_corpus/{name}`"))
    settings = block_after("Name them in `curation.toml`").split("[sources.speechocean762]")
    (tmp_path / "curation.toml").write_text(
        settings[0] + "[sources.my_corpus]" + settings[1].split("[sources.my_corpus]")[1]
    )
    for seed, name in enumerate(("a1", "b1")):
        soundfile.write(corpus / "audio" / f"{name}.wav", sound(seed), RATE)
    return tmp_path


@pytest.mark.slow
def test_a_newcomer_adds_a_source_as_the_readme_says(newcomer: Path, prefect_server: str) -> None:
    assert prefect_server
    finished = subprocess.run(
        [sys.executable, "-m", "flows.cli", "rebuild"],
        cwd=newcomer,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    labels = pl.read_parquet(newcomer / "data" / "releases" / "1.0.0" / "labels.parquet")
    assert sorted(labels.select("attribute", "value").iter_rows()) == [
        ("accent", "Slavic"),
        ("accent", "South_Asia"),
        ("age", "20-30"),
        ("age", "30-40"),
        ("gender", "Female"),
        ("gender", "Male"),
    ]
