"""A workbench: settings, sources and a home in one folder, and the ways to run the project on them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import polars as pl
from rich.console import Console

from curation.settings import load
from curation.warehouse import FOLDER
from flows.scope import Request, Scope
from flows.start import start

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    status: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        """What it printed with --json."""
        assert self.status == 0, self.errors
        return json.loads(self.output)


def environment(**changes: str | None) -> dict[str, str]:
    """Return this process's environment with changes, None removing a variable, fit to run the checkout anywhere."""
    found = {**os.environ, "PYTHONPATH": str(ROOT), **changes}
    return {name: value for name, value in found.items() if value is not None}


def begin(*arguments: str | Path, folder: Path, **changes: str | None) -> "subprocess.Popen[str]":
    """Start `curation` in a folder, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *map(str, arguments)],
        cwd=folder,
        env=environment(**changes),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def command(*arguments: str | Path, folder: Path, **changes: str | None) -> Finished:
    """Run `curation` in a folder until it ends."""
    with begin(*arguments, folder=folder, **changes) as process:
        output, errors = process.communicate()
    return Finished(process.returncode, output, errors)


def processes_in(folder: Path) -> dict[int, str]:
    """Return the command lines of the processes that run in a folder, as a rebuild and its children do in its own."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == folder:
                found[int(entry.name)] = (entry / "cmdline").read_text(encoding="utf-8", errors="replace")
        except OSError:  # it ended meanwhile
            continue
    return found


def without_models(source: str, folder: Path) -> Path:
    """Write the definition of a built-in source into a folder, without the stage that loads models; return that."""
    shutil.copytree(FOLDER / "sources" / source, folder, dirs_exist_ok=True)
    terms = folder / "source.toml"
    terms.write_text(terms.read_text(encoding="utf-8").replace('"segment", ', ""), encoding="utf-8")
    return folder


class Workbench:
    """A folder with settings; `home` lies in it, `sources` where the settings say."""

    def __init__(self, folder: Path, sources: Mapping[str, Path | tuple[Path, Path]], settings: str = "") -> None:
        """Write the settings: each source's root, with its definition where that is not built in."""
        self.folder = folder
        self.home = folder / "data"
        self.config = folder / "curation.toml"
        self.log = folder / "rebuild.log"
        self.sources = sources
        folder.mkdir(parents=True, exist_ok=True)
        self.configure(settings)

    def configure(self, settings: str) -> None:
        """Replace the settings, but for the sources."""
        tables = []
        for name, place in self.sources.items():
            root, definition = place if isinstance(place, tuple) else (place, None)
            tables += [f"[sources.{name}]", f"root = {json.dumps(str(root))}"]
            tables += [] if definition is None else [f"definition = {json.dumps(str(definition))}"]
        self.config.write_text("\n".join([*tables, settings, ""]), encoding="utf-8")

    def rebuild(self, *, version: str | None = None, dry_run: bool = False, **scope: Any) -> dict[str, Any]:
        """Rebuild in this process, faster than in one of its own; add what it says to `log`, and return the outcome.

        Where several processes run tests, each takes one core: its children take longer to start than to work.
        """
        cores = 1 if "PYTEST_XDIST_WORKER" in os.environ else os.cpu_count()
        with self.log.open("a", encoding="utf-8") as log, patch("os.cpu_count", return_value=cores):
            return start(load(self.config), Request(version, dry_run, Scope(**scope)), Console(file=log, width=80))

    def plan(self, **scope: Any) -> dict[tuple[str, str], int]:
        """Return what a rebuild would do: how many items by stage and reason."""
        rows = self.rebuild(dry_run=True, **scope)["plan"]
        return {(row["stage"], row["why"]): row["items"] for row in rows}

    def curation(self, *arguments: str | Path, **changes: str | None) -> Finished:
        """Run `curation` with these settings, as a user does."""
        return command(*arguments, "--config", self.config, folder=self.folder, **changes)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement on the warehouse; it is run by a second connection that only reads."""
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(statement).fetchall()

    @property
    def latest(self) -> str | None:
        """The version that `latest` names."""
        path = self.home / "latest"
        return path.read_text(encoding="utf-8").strip() if path.exists() else None

    @property
    def release(self) -> Path:
        """The folder of the latest release."""
        return self.home / "releases" / str(self.latest)

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest of the latest release."""
        found: dict[str, Any] = json.loads((self.release / "manifest.json").read_text(encoding="utf-8"))
        return found

    def table(self, name: str) -> pl.DataFrame:
        """Return a table of the latest release."""
        return pl.read_parquet(self.release / f"{name}.parquet")
