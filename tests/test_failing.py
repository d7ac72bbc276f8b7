"""Files that cannot be read: tried again while that may help, and no hindrance for ever."""

import duckdb
import pytest

from tests.small_corpus import SmallCorpus
from tests.workbench import Workbench

NOTHING = "nothing changed since release 1.0.0\n"


def test_a_file_above_the_limit_is_left_alone_until_the_limit_changes(
    small: Workbench, small_corpus: SmallCorpus
) -> None:
    with (small_corpus.root / "ana" / "1.wav").open("ab") as file:
        file.truncate(2 << 20)
    small.configure("[ingest]\nmax_file_mb = 1")
    assert small.rebuild()["unread"] == 0
    assert small.query("select subject, reason from rejections") == [("ana/1.wav", "too_large")]
    assert small.curation("rebuild").output == NOTHING
    small.configure("[ingest]\nmax_file_mb = 3")
    assert small.plan()["ingest", "limit changed"] == 1
    small.rebuild()
    assert small.query("select subject from rejections where reason = 'too_large'") == []


@pytest.mark.slow
def test_a_file_that_keeps_failing_is_tried_three_times(small: Workbench, small_corpus: SmallCorpus) -> None:
    # no decoding process starts, loads its libraries and reads a file within so little
    small.configure("[ingest]\ntimeout_seconds = 0.000001")
    for attempt in (1, 2, 3):
        outcome = small.rebuild()
        assert outcome["unread"] == (0 if attempt == 3 else 12)
        assert set(small.query("select reason, failures from files")) == {("timed_out", attempt)}
    assert small.curation("rebuild").output.startswith("nothing changed since the last rebuild")
    # a file that changes is another, and so is one whose decoder does
    with duckdb.connect(str(small.home / "warehouse.duckdb")) as warehouse:
        warehouse.execute("update files set witness = 'another' where path = 'ben/1.wav'")
    assert small.plan()["ingest", "failed before"] == 1
    small_corpus.write("ana/1.wav", "ana", seed=99)
    assert small.plan()["ingest", "changed"] == 1


def test_a_file_that_is_read_in_the_end_counts_no_failures(small: Workbench) -> None:
    small.configure("[ingest]\ntimeout_seconds = 0.000001")
    small.rebuild()
    small.configure("")
    assert small.plan()["ingest", "failed before"] == 12
    assert small.rebuild()["published"] == "1.0.0"
    assert set(small.query("select reason, failures from files")) == {(None, 0)}
