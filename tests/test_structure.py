"""The rules of the house that ruff and mypy cannot know."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("curation", "flows")
    for path in sorted((ROOT / package).rglob("*.py"))
}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}

STAGES = {f"curation.{name}" for name in ["ingest", "segment", "profile", "ground", "consensus", "verify", "release"]}
NOUNS = {"curation.records", "curation.errors", "curation.taxonomy"}
ADAPTERS = {name for name in MODULES if name.startswith("curation.adapters")}

# Frames, samples and tensors cross every border, so that importing their libraries is no tie to a service.
CURRENCY = {"polars", "dataframely", "numpy", "torch"}

# The demonstration corpus is made before there is anything to run, so no flow could hand it its voices.
MAKES_ITS_OWN_AUDIO = "curation.demonstration.sound"

# They open, confine and load a database, and run the files of warehouse/ and of the sources.
MANAGES_CONNECTIONS = {"curation.warehouse", "curation.queries"}
SQL = re.compile(
    r"""\s*(
        select\b.*(\bfrom\b|\() | insert\s+into\b | update\s+\S+\s+set\b | delete\s+from\b | with\s+\S+\s+as\b
        | create\s+(or\s+replace\s+)?(temp\s+)?(table|view|macro)\b | (drop|alter)\s+(table|view|macro)\b
        | copy\s.*\b(to|from)\b | set\s+\w+\s*= | (set|reset)\s+variable\b
        | from\s+\S+\s*($|where|select|join|order|group)
    )""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


def statements(tree: ast.Module) -> list[str]:
    """Return the texts that read as SQL, other than docstrings; what is filled in stands as {}."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    texts = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            texts.append("".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | parts:
            texts.append(node.value)
    return [text for text in texts if SQL.match(text)]


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield the modules that a file imports anywhere in it, a name out of a package being its module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            members = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (member if member in MODULES else str(node.module) for member in members)


def house(name: str) -> set[str]:
    """Return the modules of this project that a module imports."""
    return {module for module in imports(TREES[name]) if module.split(".")[0] in ("curation", "flows")}


def libraries(name: str) -> set[str]:
    """Return the third-party packages that a module imports."""
    packages = {module.split(".")[0] for module in imports(TREES[name])}
    return packages - sys.stdlib_module_names - {"curation", "flows"}


def passes_on(handler: ast.ExceptHandler) -> bool:
    """Return whether a handler only cleans up, and ends by raising what it caught."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def loaded_by(statement: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter has loaded after a statement."""
    script = f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    finished = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return set(finished.stdout.split())


@pytest.mark.parametrize("name", sorted(name for name in MODULES if name.startswith("curation.")))
def test_the_library_knows_neither_flows_nor_prefect(name: str) -> None:
    assert not {module for module in house(name) if module.startswith("flows")}
    assert "prefect" not in libraries(name)


@pytest.mark.parametrize("name", sorted(NOUNS & MODULES.keys()))
def test_the_nouns_stand_on_polars_alone(name: str) -> None:
    assert house(name) <= NOUNS
    assert libraries(name) <= {"polars", "dataframely"}


@pytest.mark.parametrize("name", sorted(name for name in MODULES if name.startswith("curation.")))
def test_only_flows_import_stages_and_adapters(name: str) -> None:
    assert not house(name) & STAGES
    assert name == MAKES_ITS_OWN_AUDIO or not house(name) & ADAPTERS


@pytest.mark.parametrize("name", sorted((STAGES | NOUNS | ADAPTERS) & MODULES.keys()))
def test_stages_nouns_and_adapters_do_not_know_the_warehouse(name: str) -> None:
    assert "curation.warehouse" not in house(name)


@pytest.mark.parametrize("name", sorted(ADAPTERS))
def test_an_adapter_translates_one_library(name: str) -> None:
    assert house(name) <= {"curation.records", "curation.errors", "curation.services", "curation.turns"}
    assert len(libraries(name) - CURRENCY) <= 1


@pytest.mark.parametrize("name", sorted(MODULES.keys() - MANAGES_CONNECTIONS))
def test_sql_stands_in_files_of_its_own(name: str) -> None:
    assert not statements(TREES[name])


@pytest.mark.parametrize("name", sorted(MANAGES_CONNECTIONS))
def test_sql_is_found_where_it_manages_a_connection(name: str) -> None:
    assert statements(TREES[name])


@pytest.mark.parametrize(
    "text",
    [
        "select source from files", "SELECT md5('a')", "from files", "From files where source = 'a'",
        "delete from files", "insert into files values (1)", "update files set size = 1",
        "with one as (select 1) from one", "create or replace temp view one as from files", "drop table files",
        "copy files to 'a.csv'", "set threads = 1",
        "\n    select *\n    from files\n",
    ],
)  # fmt: skip
def test_sql_is_found_however_it_is_written(text: str) -> None:
    assert statements(ast.parse(f"run({text!r})")) == [text]
    assert statements(ast.parse(f"run(f{text!r})")) == [text]
    assert not statements(ast.parse(repr(text))), "a docstring runs nothing"


@pytest.mark.parametrize("name", sorted(name for name in MODULES if name.startswith("curation.")))
def test_only_the_flow_boundary_catches_everything(name: str) -> None:
    broad = {"Exception", "BaseException"}
    for handler in ast.walk(TREES[name]):
        if isinstance(handler, ast.ExceptHandler) and not passes_on(handler):
            assert handler.type is not None, f"{name}:{handler.lineno} catches everything"
            caught = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
            assert not caught & broad, f"{name}:{handler.lineno} catches {caught & broad}"


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_assert_stands_outside_the_tests(name: str) -> None:
    assert not [node.lineno for node in ast.walk(TREES[name]) if isinstance(node, ast.Assert)]


@pytest.mark.parametrize(
    "path", sorted([*MODULES.values(), *(ROOT / "tests").rglob("*.py")]), ids=lambda path: path.name
)
def test_a_file_is_one_room(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_is_named_after_a_thing(name: str) -> None:
    assert not set(name.split(".")) & {"utils", "util", "common", "helpers", "helper", "manager", "base", "misc"}


def test_every_module_of_the_library_has_a_test_of_its_name_or_is_imported_by_one() -> None:
    tests = sorted((ROOT / "tests").rglob("test_*.py"))
    imported = {module for path in tests for module in imports(ast.parse(path.read_text(encoding="utf-8")))}
    named = {path.stem.removeprefix("test_") for path in tests}
    with_code = {name for name, tree in TREES.items() if name.startswith("curation.") and len(tree.body) > 1}
    assert not {name for name in with_code - imported if name.rpartition(".")[2] not in named}


@pytest.mark.parametrize("module", ["curation.settings", "flows.cli"])
def test_the_command_starts_without_the_heavy_libraries(module: str) -> None:
    assert not loaded_by(f"import {module}") & {"prefect", "torch", "polars"}


def test_importing_the_library_loads_neither_torch_nor_prefect() -> None:
    library = sorted(name for name in MODULES if name.startswith("curation.") and name not in ADAPTERS)
    assert not loaded_by(f"import {', '.join(library)}") & {"prefect", "torch"}


def test_no_two_modules_need_each_other() -> None:
    TopologicalSorter({name: house(name) for name in MODULES}).prepare()


def test_an_import_inside_a_function_counts_as_an_import() -> None:
    TREES["made_up"] = ast.parse("def lazy():\n    from curation import errors\n    import prefect.flows")
    try:
        assert house("made_up") == {"curation.errors"}
        assert libraries("made_up") == {"prefect"}
    finally:
        del TREES["made_up"]
