"""Every file that goes in comes out, published or with a reason, and the README of a release adds it up."""

import re
from collections import Counter
from pathlib import Path

from curation.demonstration.script import load as load_script
from curation.demonstration.script import recordings
from curation.taxonomy import load_taxonomy
from tests import hostile
from tests.small_corpus import SmallCorpus
from tests.workbench import Workbench


def rows(bench: Workbench, heading: str) -> list[list[str]]:
    """Return the rows of the table below a heading of the release's README."""
    text = (bench.release / "README.md").read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def number(cell: str) -> int:
    return int(cell.replace(",", ""))


def assert_sums(bench: Workbench) -> Counter[str]:
    """Check that the way of every file is a sum that comes out; return the files that left, by reason."""
    running, less = 0, Counter[str]()
    for what, source, count in rows(bench, "What became of every file"):
        if what.startswith("="):
            assert running == number(count), what
        else:
            running += number(count)
        if what.startswith("less: "):
            assert source in bench.sources or not bench.sources
            less[what.removeprefix("less: ").replace(" ", "_")] -= number(count)
    assert running == bench.table("clips").height == bench.manifest["counts"]["clips"]
    accepted = [row for row in rows(bench, "What became of every label") if row[1] == "accepted"]
    published = Counter(bench.table("labels")["attribute"])
    assert {row[0]: number(row[3]) for row in accepted}.keys() == published.keys()
    ((clips,),) = bench.query("select count(*) from claims")
    verdicts = Counter[str]()
    for row in rows(bench, "What became of every label"):
        verdicts[row[0]] += number(row[3])
    assert verdicts == dict.fromkeys(load_taxonomy().attributes, clips)
    classes = rows(bench, "Labels by class")
    assert sum(number(row[3]) for row in classes) == bench.table("labels").height
    for attribute, labels in published.items():
        assert sum(number(row[3]) for row in classes if row[0] == attribute) == labels
    return less


def test_the_demonstration_corpus_adds_up(demonstration_bench: Workbench) -> None:
    everything = recordings(load_script())
    (start,) = [row for row in rows(demonstration_bench, "What became of every file") if row[0].startswith("files")]
    less = assert_sums(demonstration_bench)
    absent = [recording.path for recording in everything if not recording.on_disk]
    assert less["file_missing"] == sum(not path.startswith("../") for path in absent)
    assert less["path_leaves_root"] == sum(path.startswith("../") for path in absent) == 1
    assert less["unlisted"] == sum(not recording.listed for recording in everything)
    assert number(start[2]) == len(everything)
    rejected = {path for (path,) in demonstration_bench.query("select subject from rejections where reason = 'copy'")}
    copies = load_script().copies
    assert less["copy"] == len(rejected) == len(copies)
    assert all(rejected & {copy.of, copy.path} for copy in copies)


def test_the_real_corpus_adds_up(released: Workbench, corpus: Path) -> None:
    less = assert_sums(released)
    on_disk = [path for path in corpus.rglob("*") if path.suffix.lower() == ".wav"]
    listed = {path for path, _ in released.query("select path, source from listings")}
    missing = less["file_missing"]
    assert missing == 140 + 14
    assert less["unlisted"] == 8
    (start,) = [row for row in rows(released, "What became of every file") if row[0].startswith("files")]
    assert number(start[2]) == len(on_disk) + missing
    assert len(listed) == len(on_disk) - less["unlisted"]
    # what no record describes is a clip without a label
    assert less["no_accepted_label"] + less["target_unknown"] >= 20 + 2
    sources = {row[0]: row for row in rows(released, "Sources")}
    assert next(row for title, row in sources.items() if "nisp_records" in title)[5] == "40"
    assert less.total() + released.table("clips").height == number(start[2])


def test_every_fact_of_the_real_records_is_read_or_rejected(released: Workbench) -> None:
    voting = "from facts semi join sightings using (fact_id)"
    ((facts, read, rejected, both),) = released.query(
        f"""
        select
            count(*),
            count(*) filter (fact_id in (select fact_id from readings)),
            count(*) filter (fact_id in (select subject from rejections where kind = 'fact')),
            count(*) filter (
                fact_id not in (select fact_id from readings)
                and fact_id not in (select subject from rejections where kind = 'fact')
            )
        {voting}
        """  # noqa: S608
    )
    assert facts > 1000
    assert both == 0
    assert read + rejected >= facts
    told = Counter(dict(released.query("select reason, count(*) from rejections where kind = 'fact' group by all")))
    assert told["empty_value"] > 0
    assert told["not_stated"] > 0


def test_speakers_below_every_age_class_are_counted_and_not_published(released: Workbench) -> None:
    ((speakers,),) = released.query(
        """
        select count(distinct entity) from labels
        where source = 'speechocean762' and attribute = 'age' and reasons = ['outside_classes']
        """
    )
    assert speakers == 8
    ages = released.table("labels").filter(attribute="age")["value"]
    assert set(ages) <= {"10-20", "20-30", "30-40", "40-50"}


def test_a_home_where_every_file_is_hostile_ends_with_rejections_alone(
    small: Workbench, small_corpus: SmallCorpus
) -> None:
    small_corpus.recordings.clear()
    expected = {}
    for name, (content, reason) in hostile.rejected().items():
        (small_corpus.root / name).write_bytes(content)
        small_corpus.recordings[name] = "ana"
        expected[name] = reason
    for path in small_corpus.root.glob("*/*.wav"):
        path.unlink()
    small_corpus.save()
    small.configure("[ingest]\nmax_seconds = 60")
    finished = small.curation("rebuild")
    assert finished.status == 0, finished.errors
    assert finished.output.splitlines()[-1] == "nothing to publish: no clip of an allowed tier has an accepted label"
    assert small.latest is None
    assert dict(small.query("select subject, reason from rejections where kind = 'file'")) == expected
    assert small.query("select count(*) from clips") == [(0,)]
    assert small.curation("rebuild").output.startswith("nothing changed since the last rebuild; nothing to publish")
    # and one sound file among them is a release
    small_corpus.write("ana/1.wav", "ana", seed=1)
    small_corpus.save()
    assert small.rebuild()["published"] == "1.0.0"
    assert small.table("clips").height == 1
    assert assert_sums(small).total() == len(expected)


def test_what_a_source_says_of_itself_stands_in_the_readme(demonstration_bench: Workbench) -> None:
    text = (demonstration_bench.release / "README.md").read_text(encoding="utf-8")
    for title, citation, licence in demonstration_bench.query("select title, citation, licence from sources"):
        assert title in text
        assert citation in text
        assert licence in text
    assert demonstration_bench.manifest["content_digest"] in text
    assert not re.search(r"\bNone\b|\bnan\b|\bnull\b(?!:|\.| where)", text)
