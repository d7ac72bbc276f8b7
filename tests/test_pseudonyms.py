from pathlib import Path

import pytest

from curation.errors import ConfigError
from curation.pseudonyms import Key, key_file, load_key


@pytest.fixture
def config_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.delenv("CURATION_KEY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


def test_a_key_is_made_on_first_use_and_kept(config_folder: Path) -> None:
    first = load_key()
    assert load_key() == first
    assert key_file() == config_folder / "curation" / "key"
    assert key_file().stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("config_folder")
def test_a_key_file_that_others_can_read_is_refused() -> None:
    load_key()
    key_file().chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_key()


@pytest.mark.usefixtures("config_folder")
def test_the_environment_comes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURATION_KEY", "k" * 40)
    assert load_key().secret == b"k" * 40
    assert not key_file().exists()


def test_a_short_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURATION_KEY", "short")
    with pytest.raises(ConfigError, match="5 characters, expected at least 32"):
        load_key()


def test_published_ids_depend_on_key_kind_and_id() -> None:
    one, other = Key(b"a" * 32), Key(b"b" * 32)
    ids = {key.pseudonym(kind, name) for key in (one, other) for kind in ("clip", "fact") for name in ("x", "y")}
    assert len(ids) == 8
    assert all(len(published) == 24 for published in ids)
    assert one.pseudonym("clip", "x") == Key(b"a" * 32).pseudonym("clip", "x")


def test_a_key_never_shows_its_secret() -> None:
    assert "secret-secret" not in repr(Key(b"secret-secret-secret-secret-secret"))


@pytest.mark.usefixtures("config_folder")
def test_a_key_is_made_only_where_that_is_asked_for() -> None:
    assert load_key(create=False) != load_key(create=False)
    assert not key_file().exists()
    key = load_key()
    assert load_key(create=False) == key
    assert [path.name for path in key_file().parent.iterdir()] == ["key"]
    assert key_file().stat().st_mode & 0o777 == 0o600
