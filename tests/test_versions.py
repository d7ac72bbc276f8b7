import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import ConfigError, ReleaseError
from curation.versions import Changes, Parent, check_version, folder_of, latest, next_version, parent_of, parsed

NUMBERS = st.tuples(*[st.integers(0, 10**6)] * 3)
SAME = Changes(labels_added=0, labels_removed=0, labels_changed=0, clips_added=0, clips_removed=0)


def parent(version: str = "1.4.2") -> Parent:
    return Parent(version, Path("releases") / version, {"rules_digest": "rules"})


def changes(**counts: int) -> Changes:
    return Changes(**(SAME.__dict__ | counts))


@pytest.mark.parametrize(
    ("what", "rules", "expected"),
    [
        (changes(), "other rules", "2.0.0"),
        (changes(clips_added=3, labels_added=9), "other rules", "2.0.0"),
        (changes(clips_added=1), "rules", "1.5.0"),
        (changes(labels_added=1), "rules", "1.5.0"),
        (changes(labels_added=1, labels_removed=7, labels_changed=2), "rules", "1.5.0"),
        (changes(labels_changed=1), "rules", "1.4.3"),
        (changes(labels_removed=1), "rules", "1.4.3"),
        (changes(clips_removed=1, labels_removed=3), "rules", "1.4.3"),
        (changes(), "rules", "1.4.3"),
    ],
)
def test_the_version_follows_from_what_changed(what: Changes, rules: str, expected: str) -> None:
    assert next_version(parent(), what, rules) == expected


def test_the_first_version_is_one() -> None:
    assert next_version(None, changes(clips_added=5, labels_added=5), "rules") == "1.0.0"


@given(numbers=NUMBERS, added=st.booleans(), rules=st.sampled_from(["rules", "other rules"]))
def test_a_version_always_follows_its_parent(numbers: tuple[int, int, int], added: bool, rules: str) -> None:
    former = ".".join(map(str, numbers))
    following = next_version(parent(former), changes(clips_added=int(added)), rules)
    assert parsed(following) > parsed(former) == numbers
    check_version(following, parent(former))


@pytest.mark.parametrize("given_version", ["1", "1.2", "v1.2.3", "1.2.3.4", "1.2.x", "", "-1.0.0"])
def test_a_version_is_three_numbers(given_version: str) -> None:
    with pytest.raises(ConfigError, match=r"expected three numbers such as 1\.2\.0"):
        check_version(given_version, None)
    with pytest.raises(ReleaseError, match="expected three numbers"):
        parsed(given_version)


@pytest.mark.parametrize("given_version", ["1.4.2", "1.4.1", "0.9.9"])
def test_a_version_before_the_latest_is_refused(given_version: str) -> None:
    with pytest.raises(ConfigError, match=r"not after the latest release, 1\.4\.2"):
        check_version(given_version, parent())


def test_a_home_without_a_release_has_no_parent(tmp_path: Path) -> None:
    assert latest(tmp_path) is None
    assert parent_of(tmp_path) is None


def test_the_parent_is_what_latest_names(tmp_path: Path) -> None:
    for version in ("1.0.0", "1.1.0"):
        folder_of(tmp_path, version).mkdir(parents=True)
        (folder_of(tmp_path, version) / "manifest.json").write_text(json.dumps({"version": version}), encoding="utf-8")
    (tmp_path / "latest").write_text("1.0.0\n", encoding="utf-8")
    assert parent_of(tmp_path) == Parent("1.0.0", tmp_path / "releases" / "1.0.0", {"version": "1.0.0"})


@pytest.mark.parametrize("content", [None, "{", '"cut'])
def test_a_release_whose_manifest_is_gone_or_cut_is_named(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "latest").write_text("1.0.0\n", encoding="utf-8")
    folder_of(tmp_path, "1.0.0").mkdir(parents=True)
    if content is not None:
        (folder_of(tmp_path, "1.0.0") / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"manifest\.json: cannot be read .* restore the release"):
        parent_of(tmp_path)
