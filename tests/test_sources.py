from collections.abc import Iterable
from pathlib import Path

import pytest

from curation.errors import ConfigError
from curation.settings import SourceSettings
from curation.sources import Source, load_source

TERMS = {
    "title": '"Town Voices"',
    "citation": '"Town (2024)"',
    "licence": '"CC-BY-4.0"',
    "tier": '"research"',
    "kind": '"registry"',
    "stages": '["ingest", "ground"]',
    "consent.basis": '"signed forms (README, line 3)"',
    "consent.permitted_uses": '["research"]',
}


def load(folder: Path, change: dict[str, str] | None = None, without: Iterable[str] = ()) -> Source:
    lines = [f"{key} = {value}" for key, value in ({**TERMS, **(change or {})}).items() if key not in without]
    folder.mkdir(exist_ok=True)
    (folder / "source.toml").write_text("\n".join(lines))
    (folder / "clips.sql").write_text("select 1")
    (folder / "facts.sql").write_text("select 2")
    return load_source("town", SourceSettings(root=Path("/corpus"), definition=folder), Path("/none"))


def test_a_source_is_its_three_files(tmp_path: Path) -> None:
    source = load(tmp_path)
    assert (source.name, source.root, source.folder) == ("town", Path("/corpus"), tmp_path)
    assert (source.clips_sql, source.facts_sql) == ("select 1", "select 2")
    assert source.terms.stages == ("ingest", "ground")
    assert source.terms.consent is not None
    assert source.terms.consent.permitted_uses == ("research",)


def test_a_byte_order_mark_is_no_part_of_a_definition(tmp_path: Path) -> None:
    load(tmp_path)
    for name in ("source.toml", "clips.sql", "facts.sql"):
        (tmp_path / name).write_text((tmp_path / name).read_text(), encoding="utf-8-sig")
    source = load_source("town", SourceSettings(root=Path("/corpus"), definition=tmp_path), Path("/none"))
    assert (source.terms.title, source.clips_sql, source.facts_sql) == ("Town Voices", "select 1", "select 2")


@pytest.mark.parametrize("file", ["source.toml", "clips.sql", "facts.sql"])
def test_the_digest_changes_with_each_file(tmp_path: Path, file: str) -> None:
    before = load(tmp_path).digest
    text = (tmp_path / file).read_text()
    (tmp_path / file).write_text(f"{text}\n")
    settings = SourceSettings(root=Path("/corpus"), definition=tmp_path)
    assert load_source("town", settings, Path("/none")).digest != before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"titel": '"x"'}, r"source\.toml: unknown key titel \(did you mean 'title'\?\)"),
        ({"consent.bases": '"x"'}, r"unknown key consent\.bases \(did you mean 'basis'\?\)"),
        (
            {"tier": '"reserch"'},
            r"tier = 'reserch': expected one of open, research, internal \(did you mean 'research'",
        ),
        ({"stages": '["ingest", "grund"]'}, r"stages\.1 = 'grund': .*did you mean 'ground'"),
        ({"kind": '"survey"'}, r"kind = 'survey': expected one of registry, "),
        ({"title": '""'}, r"title = '': "),
        ({"stages": "[]"}, r"stages = \[\]: "),
        ({"title": "3"}, r"title = 3: "),
        ({"title": '"x'}, r"source\.toml: .*line 1"),
        (
            {"cut.min_second": "1", "cut.max_seconds": "2"},
            r"unknown key cut\.min_second \(did you mean 'min_seconds'\?\)",
        ),
        ({"cut.min_seconds": "3", "cut.max_seconds": "2"}, r"\[cut\] min_seconds is above max_seconds"),
    ],
)
def test_a_slip_in_source_toml_names_the_file_and_the_key(tmp_path: Path, change: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, change)


@pytest.mark.parametrize("key", ["title", "citation", "licence", "tier", "kind", "stages", "consent.basis"])
def test_a_missing_key_is_named_with_what_it_holds(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError, match=rf"source\.toml: {key} is missing: \w+"):
        load(tmp_path, without=[key])


def test_every_slip_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, {"titel": '"x"', "tier": '"secret"'})
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("tier", ["open", "research"])
def test_without_consent_only_the_internal_tier_is_allowed(tmp_path: Path, tier: str) -> None:
    without = ["consent.basis", "consent.permitted_uses"]
    with pytest.raises(ConfigError, match=rf'tier = "{tier}" needs \[consent\]'):
        load(tmp_path, {"tier": f'"{tier}"'}, without)
    assert load(tmp_path, {"tier": '"internal"'}, without).terms.consent is None


@pytest.mark.parametrize("licence", ["MIT", "CC-BY-4.0 AND MIT", "LicenseRef-AMI", "(MIT OR Apache-2.0)"])
def test_a_licence_is_an_spdx_expression(tmp_path: Path, licence: str) -> None:
    assert load(tmp_path, {"licence": f'"{licence}"'}).terms.licence == licence


@pytest.mark.parametrize(
    ("licence", "message"),
    [
        ("CC-BY-4", r"'CC-BY-4' is no SPDX licence \(did you mean 'CC-BY-4\.0'\?\)"),
        ("MIT AND Freeware", r"'Freeware' is no SPDX licence.*write LicenseRef-NAME"),
        ("LicenseRef-a_b", "'LicenseRef-a_b' is no SPDX licence"),
        ("MIT AND", "is no SPDX expression"),
        ("(MIT", "is no SPDX expression"),
    ],
)
def test_another_licence_is_refused(tmp_path: Path, licence: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, {"licence": f'"{licence}"'})


@pytest.mark.parametrize("file", ["source.toml", "clips.sql", "facts.sql"])
def test_a_missing_file_is_named_with_the_three_that_are_needed(tmp_path: Path, file: str) -> None:
    load(tmp_path)
    (tmp_path / file).unlink()
    settings = SourceSettings(root=Path("/corpus"), definition=tmp_path)
    with pytest.raises(ConfigError, match=rf"{file}: not found; source\.toml, clips\.sql, facts\.sql"):
        load_source("town", settings, Path("/none"))


def test_a_definition_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "clips.sql").write_bytes(b"select '\xff'")
    settings = SourceSettings(root=Path("/corpus"), definition=tmp_path)
    with pytest.raises(ConfigError, match=r"clips\.sql: .*utf-8"):
        load_source("town", settings, Path("/none"))


def test_a_source_that_is_not_built_in_is_named_with_the_nearest_that_is(tmp_path: Path) -> None:
    (tmp_path / "speechocean762").mkdir()
    settings = SourceSettings(root=Path("/corpus"), definition=None)
    with pytest.raises(ConfigError, match=r"\[sources\.speechocean\].*did you mean 'speechocean762'.*set definition"):
        load_source("speechocean", settings, tmp_path)


@pytest.mark.parametrize("name", ["", "../town", "a b", "-town", "Öl"])
def test_a_name_that_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="a source's name"):
        load_source(name, SourceSettings(root=Path("/corpus"), definition=None), tmp_path)
