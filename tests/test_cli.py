import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from curation.settings import load
from curation.versions import latest
from flows import cli
from flows.cli import app
from tests.workbench import ROOT, Finished, Workbench

Run = Callable[..., Finished]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Return what runs `curation` in this process, in an empty folder and as wide as a terminal usually is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def command(*arguments: str | Path) -> Finished:
        monkeypatch.setattr(sys, "argv", ["curation", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return Finished(int(ended.value.code or 0), printed.out, printed.err)

    return command


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command below a group with its words."""
    yield path, group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(app)))


def test_these_are_the_commands() -> None:
    assert set(COMMANDS) == {
        (),
        ("rebuild",),
        ("status",),
        ("explain",),
        ("show",),
        ("report",),
        ("config",),
        ("export",),
        ("export", "hearsay"),
        ("verify",),
        ("verify", "export"),
        ("verify", "import"),
    }


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_and_every_argument_has_help(words: tuple[str, ...], run: Run) -> None:
    command = COMMANDS[words]
    shown = run(*words, "--help")
    assert (shown.status, shown.errors) == (0, "")
    text = " ".join(shown.output.split())
    assert " ".join(command.help.split()) in text
    for parameter in command.params:
        assert " ".join(parameter.help.split()) in text
        assert max(parameter.opts, key=len) in text or parameter.metavar in text


GROUPS = ((), ("export",), ("verify",))


@pytest.mark.parametrize("words", GROUPS, ids=" ".join)
def test_a_list_of_commands_cuts_no_sentence_short(words: tuple[str, ...], run: Run) -> None:
    shown = run(*words, "--help")
    assert "..." not in shown.output.replace("[ARGS]...", "")
    assert all(len(line) <= 80 for line in shown.output.splitlines())


@pytest.mark.parametrize("words", GROUPS, ids=" ".join)
def test_a_command_without_its_words_shows_the_help(words: tuple[str, ...], run: Run) -> None:
    shown = run(*words)
    assert shown.status == 2
    assert "Commands:" in shown.output + shown.errors


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["explain", "nobody.wav"], 1, r"nobody\.wav: no file, clip or published clip has this id; .*"),
        (["explain", "take-1.wav"], 1, r"take-1\.wav: may mean any of \d+ files \(demonstration:.*\); give more of it"),
        (
            ["explain", "D03/take-1.wav", "aeg"],
            2,
            r"attribute aeg: unknown \(did you mean 'age'\?\); there are age, .*",
        ),
        (["show", "nobody.wav"], 1, r"nobody\.wav: no file, clip or published clip has this id; .*"),
        (["export", "hearsay", "/"], 2, r"/: expected a new or empty folder, found .* more in it; name another"),
        (
            ["rebuild", "--source", "demonstartion"],
            2,
            r"--source demonstartion: unknown \(did you mean 'demonstration'.*",
        ),
        (
            ["rebuild", "--stage", "release"],
            2,
            r"--stage release: unknown; there are ingest, segment, profile, ground, consensus",
        ),
        (["rebuild", "--version", "0.9.0"], 2, r"VERSION=0\.9\.0: not after the latest release, 1\.0\.0"),
        (["rebuild", "--version", "two"], 2, r"VERSION=two: expected three numbers such as 1\.2\.0"),
    ],
)
def test_a_mistake_is_one_line_and_an_exit_status(
    arguments: list[str], status: int, message: str, run: Run, demonstrated: Path
) -> None:
    finished = run(*arguments, "--config", demonstrated.parent / "curation.toml")
    assert (finished.status, finished.output) == (status, "")
    assert re.fullmatch(rf"curation: {message}\n", finished.errors), finished.errors


@pytest.mark.parametrize("words", [words for words in COMMANDS if words not in GROUPS], ids=" ".join)
def test_a_settings_file_that_is_not_there_stops_every_command(
    words: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    needed = ["something"] * sum(parameter.required for parameter in COMMANDS[words].params)
    finished = run(*words, *needed, "--config", "nowhere.toml")
    assert (finished.status, finished.output) == (2, "")
    assert finished.errors == (
        f"curation: settings file {tmp_path / 'nowhere.toml'}: not found; CONFIG=path (--config) must name a file\n"
    )


@pytest.mark.parametrize(
    "words",
    [("explain", "a.wav"), ("show", "a.wav"), ("report",), ("export", "hearsay", "out"), ("verify", "export", "out")],
    ids=" ".join,
)
def test_without_a_rebuild_the_remedy_is_named(words: tuple[str, ...], run: Run) -> None:
    finished = run(*words)
    assert (finished.status, finished.output) == (2, "")
    assert finished.errors.endswith("run `make rebuild-dataset` first\n")


def test_an_unknown_option_is_refused_with_the_usage(run: Run) -> None:
    finished = run("status", "--jsno")
    assert finished.status == 2
    assert "--jsno" in finished.errors


def test_the_settings_file_of_the_working_folder_is_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "curation.toml").write_text('home = "here"\n[ingest]\nmin_seconds = 2\n')
    found = run("config", "--json")
    assert (found.status, found.errors) == (0, "")
    settings = json.loads(found.output)
    assert (settings["home"], settings["ingest"]["min_seconds"]) == (str(tmp_path / "here"), 2.0)
    assert settings["ground"] == {"corrections": None}


def test_config_prints_every_setting_with_its_value_here(run: Run, tmp_path: Path) -> None:
    (tmp_path / "curation.toml").write_text('home = "here"\n')
    found = run("config")
    assert f'home = "{tmp_path / "here"}"  # all state and releases' in found.output
    (tmp_path / "printed.toml").write_text(found.output)
    assert load(tmp_path / "printed.toml") == load(tmp_path / "curation.toml")


def test_an_unknown_setting_is_one_line_with_the_nearest(run: Run, tmp_path: Path) -> None:
    (tmp_path / "curation.toml").write_text("[ingest]\nmin_second = 2\n")
    finished = run("config")
    assert (finished.status, finished.output) == (2, "")
    assert "unknown key ingest.min_second (did you mean 'min_seconds'?)" in finished.errors


def test_status_is_told_to_people_and_to_programs(run: Run, demonstrated: Path) -> None:
    config = demonstrated.parent / "curation.toml"
    told = run("status", "--config", config)
    assert (told.status, told.errors) == (0, "")
    found = json.loads(run("status", "--json", "--config", config).output)
    assert found["home"] == str(demonstrated)
    assert found["latest"] == latest(demonstrated) == "1.0.0"
    assert f"latest release: 1.0.0, {found['counts']['clips']} clips" in told.output
    assert all(len(line) <= 80 for line in told.output.splitlines() if str(demonstrated) not in line)


def test_explain_is_told_to_people_and_to_programs(run: Run, demonstrated: Path) -> None:
    asked = ("explain", "D03/take-1.wav", "age", "--config", demonstrated.parent / "curation.toml")
    told, found = run(*asked), json.loads(run(*asked, "--json").output)
    assert (told.status, told.errors) == (0, "")
    spoken = {"voices", "disclosures", "profile"}
    assert set(found) == spoken | {"files", "clip", "labels", "rejections", "withdrawals", "unrecorded", "published"}
    (label,) = found["labels"]
    assert f"  age = {label['value']} (accepted, {label['confidence']:.0%} sure)\n" in told.output
    for evidence in label["evidence"]:
        for fact in evidence["facts"]:
            assert {"property", "value", "unit", "valid_on", "reading", "rule", "original"} <= set(fact)
            for place in fact["sightings"]:
                assert f"in {place['record_file']}, {place['locator']}\n" in told.output


def test_the_readme_shows_what_explain_prints(run: Run, demonstrated: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = readme.split("$ .venv/bin/curation ")[1].split("```")[0]
    command, expected = example.split("\n", 1)
    told = run(*command.split(), "--config", demonstrated.parent / "curation.toml")
    assert re.fullmatch(re.escape(expected).replace("…", ".*"), told.output), told.output


def test_the_readme_shows_what_a_first_rebuild_prints(demonstration_bench: Workbench) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    set_up, *shown = readme[readme.index("set-up: ") :].split("\n```")[0].splitlines()
    assert f"echo '{set_up.replace(' for cpu ', ' for $(ACCELERATOR) ')}'" in (ROOT / "Makefile").read_text("utf-8")
    printed = iter(demonstration_bench.log.read_text(encoding="utf-8").splitlines())
    expected = [line.replace("...", str(demonstration_bench.folder)) for line in shown if line != "..."]
    # `in` takes what it passes, so the lines must come in this order
    assert [line for line in expected if line not in printed] == []


def test_both_main_commands_and_what_they_print_stand_on_the_first_screen_of_the_readme() -> None:
    screen = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:45]
    marks = ("make rebuild-dataset", "published 1.0.0: ", "`make test` ", "N passed, ")
    places = [[mark in line for line in screen].index(True) for mark in marks]
    assert places == sorted(places)


def test_show_is_told_to_people_and_to_programs(run: Run, demonstrated: Path, tmp_path: Path) -> None:
    asked = ("show", "D03/take-1.wav", "--into", tmp_path / "shown", "--config", demonstrated.parent / "curation.toml")
    told, found = run(*asked), json.loads(run(*asked, "--json").output)
    assert list(found) == ["original", "published", "spectrogram"]
    assert told.output.splitlines() == [f"{what}: {path}" for what, path in found.items()]
    assert sorted(map(str, (tmp_path / "shown").iterdir())) == sorted(found.values())


def test_export_is_told_to_people_and_to_programs(run: Run, demonstrated: Path, tmp_path: Path) -> None:
    config = demonstrated.parent / "curation.toml"
    told = run("export", "hearsay", "one", "--config", config)
    found = json.loads(run("export", "hearsay", "two", "--json", "--config", config).output)
    assert len(found) == 8
    lines = [f"{attribute}: {count} clips" for attribute, count in found.items()]
    assert told.output.splitlines() == [*lines, "written to one/dataset"]
    rows = sum(
        len(path.read_text(encoding="utf-8-sig").splitlines()) - 1 for path in (tmp_path / "two").rglob("label/*/*.csv")
    )
    assert rows == sum(found.values())


def test_a_rebuild_keeps_standard_output_for_its_json(run: Run, demonstrated: Path) -> None:
    finished = run("rebuild", "--json", "--config", demonstrated.parent / "curation.toml")
    assert json.loads(finished.output)["changed"] is False
    assert finished.errors == "nothing changed since release 1.0.0\n"
