"""What models and rules make of the demonstration corpus, whose script says who speaks and what it gives away."""

from curation.demonstration.script import load, recordings
from tests.workbench import Workbench

PERSONAL = {"name", "telephone", "address"}
# by the script's words
ATTRIBUTES = {"telephone number": "telephone", "occupation": "social_stratum"}


def of_paths(bench: Workbench, column: str, table: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path, value in bench.query(f"select path, {column} from {table} join claims using (clip_id)"):  # noqa: S608
        found.setdefault(str(path), set()).add(str(value))
    return found


def test_most_dialogues_are_found_and_no_take_of_one_speaker_is_cut_or_rejected(demonstration_bench: Workbench) -> None:
    told = {recording.path: len({line.speaker for line in recording.lines}) for recording in recordings(load())}
    doubted = demonstration_bench.query("""
        select path from targets join claims using (clip_id)
        where (reason is not null or start_seconds is not null) and clip_id not in (select clip_id from disclosures)
    """)
    found = {path for (path,) in doubted}
    dialogues = {path for path, speakers in told.items() if speakers > 1}
    assert found <= dialogues
    assert len(found) >= 4 <= len(dialogues)


def test_what_the_script_gives_away_is_found_and_what_names_somebody_is_not_published(
    demonstration_bench: Workbench,
) -> None:
    texts = {giveaway.text: giveaway for giveaway in load().giveaways}
    spoken = {recording.path: texts.get(recording.transcript or "") for recording in recordings(load())}
    disclosed = of_paths(demonstration_bench, "attribute", "disclosures")
    expected = {
        path: {ATTRIBUTES.get(name, name) for name in giveaway.gives_away}
        for path, giveaway in spoken.items()
        if giveaway is not None
    }
    assert disclosed.keys() <= expected.keys()
    found = sum(len(expected[path] & disclosed.get(path, set())) for path in expected)
    assert found >= 0.75 * sum(map(len, expected.values()))
    published = {
        path
        for (path,) in demonstration_bench.query("select path from publications join claims on private_id = clip_id")
    }
    assert not {path for path, attributes in disclosed.items() if attributes & PERSONAL} & published


def test_an_english_text_is_aligned_and_one_in_another_script_is_not(demonstration_bench: Workbench) -> None:
    statuses = {status for (status,) in demonstration_bench.query("select distinct transcription from segmented_clips")}
    assert statuses == {"aligned", "not_aligned"}
    words = demonstration_bench.query("select start_seconds, end_seconds from words")
    timed = [(start, end) for start, end in words if start is not None]
    assert len(timed) > 0.9 * len(words) > 500
    assert all(start < end for start, end in timed)
