import io
import re
from typing import Any

import pytest
from rich.console import Console

from curation.explain import Explanation
from flows.printing import print_explanation, print_status

NOTHING: dict[str, Any] = {
    "home": "/corpora/data",
    "running": None,
    "latest": None,
    "release": None,
    "counts": None,
    "up_to_date": False,
    "problem": None,
    "summary": [],
    "questions": [],
}
RELEASED = NOTHING | {
    "latest": "1.2.0",
    "counts": {"clips": 22_064, "speakers": 1_301, "hours": 41.257, "labels": 61_002},
    "up_to_date": True,
    "summary": [
        {"what": "alphanumeric_accents: files", "outcome": "in", "count": 22_118},
        {"what": "labels: social_stratum", "outcome": "contested: copy_under_two_speakers", "count": 7},
    ],
}


class Paper:
    """A console that keeps what is printed on it."""

    def __init__(self, width: int = 80, *, is_terminal: bool = False) -> None:
        self.file = io.StringIO()
        self.console = Console(
            file=self.file, width=width, force_terminal=is_terminal, color_system="standard" if is_terminal else None
        )

    @property
    def lines(self) -> list[str]:
        return re.sub(r"\x1b\[\d*m", "", self.file.getvalue()).splitlines()


@pytest.fixture
def paper() -> Paper:
    return Paper()


def fact(**changes: Any) -> dict[str, Any]:
    return {
        "fact_id": "4bbba434d920b8ffd7eb0f445e190983",
        "property": "age",
        "value": "23",
        "unit": "years",
        "valid_on": "recording",
        "reading": "23 years",
        "rule": "number",
        "original": None,
        "sightings": [{"record_file": "registry/people [draft].csv", "locator": "line 17, column Age"}],
    } | changes


def explanation(**changes: Any) -> Explanation:
    label = {
        "attribute": "age",
        "value": "20-30",
        "verdict": "accepted",
        "confidence": None,
        "estimates": [],
        "reasons": [],
        "evidence": [
            {
                "witness": "record/age@1",
                "values": ["20-30"],
                "rule": "completed years at the recording from age (number)",
                "facts": [fact()],
            }
        ],
    }
    file = {
        "source": "made",
        "path": "audio/[b]a very long folder of recordings/take-1.wav",
        "is_kept": True,
        "speaker": "anna",
        "recorded_on": None,
        "codec": "wav/pcm_16",
        "rate": 48_000,
        "channels": 1,
        "decoder": "soundfile 0.14.0 (libsndfile 1.2.2)",
        "licence": "CC-BY-4.0",
        "tier": "research",
        "basis": "written consent of all speakers, for tests (README.md, line 12)",
    }
    clip = {
        "clip_id": "2ed7267fa3c6a16fe7e5fef69bf9bc10",
        "seconds": 4.949,
        "peak_dbfs": -0.74,
        "loudness_lufs": None,
        "silence_share": 0.278,
        "snr_db": 45.3,
        "bandwidth_hz": 7875.0,
    }
    parts: dict[str, Any] = {
        "files": [file],
        "clip": clip,
        "labels": [label],
        "rejections": [],
        "withdrawals": [],
        "unrecorded": [],
        "voices": None,
        "profile": [],
        "disclosures": [],
        "published": {"clip_id": "00e3456a58106e485e28ca81", "release": "1.2.0", "split": "test"},
    }
    return Explanation(**parts | changes)


def test_what_was_heard_and_what_the_words_give_away_stand_below_the_clip(paper: Paper) -> None:
    heard = {
        "speech_seconds": 7.1,
        "count_voices": 2,
        "second_voice": 0.984,
        "likeness": 0.87,
        "count_words": 12,
        "start_seconds": 0.0,
        "end_seconds": 5.7,
        "transcription": "not_aligned",
        "transcription_detail": "too short",
    }
    told = {"attribute": "age", "words": "forty five", "start_seconds": 6.0, "end_seconds": 6.9, "is_cut": True}
    untimed = {"attribute": "name", "words": "Ana", "start_seconds": None, "end_seconds": None, "is_cut": False}
    print_explanation(explanation(voices=heard, disclosures=[told, untimed]), paper.console)
    first = next(number for number, line in enumerate(paper.lines) if "voices" in line)
    assert paper.lines[first : first + 6] == [
        "  speech 7.10 s, voices 2, of more than one: 98%",
        "    like the speaker's other clips: 0.87",
        "    cut to 0.00 to 5.70 s",
        "    transcript not aligned: too short, 12 words",
        "  words give age away: 'forty five' at 6.00 to 6.90 s, which is cut away",
        "  words give name away: 'Ana'",
    ]


def test_what_each_voice_is_like_stands_there_with_what_classifiers_say(paper: Paper) -> None:
    measured = {
        "pitch_hz": 121.2, "pitch_spread": 2.31, "voiced_share": 0.624, "speaking_rate": 4.12, "level_dbfs": -23.04,
        "snr_db": 34.6,
    }  # fmt: skip
    told = {"classifier": "small", "attribute": "gender"}
    judgements = [told | {"value": "Female", "probability": 0.03}, told | {"value": "Male", "probability": 0.97}]
    voices = [
        {"voice": 1, "is_target": True, "judgements": judgements, **measured},
        {"voice": 2, "is_target": False, "judgements": [], **measured, "pitch_hz": None, "pitch_spread": None},
    ]
    print_explanation(explanation(profile=voices), paper.console)
    print_explanation(explanation(profile=voices[:1]), paper.console)
    rest = "voiced 62%, 4.1 syllables a second, -23.0 dBFS, 35 dB over the pauses"
    assert [line for line in paper.lines if "voiced" in line or "gender by" in line] == [
        f"    voice 1, the target: pitch 121 Hz, spread 2.3 semitones, {rest}",
        "      gender by small: Male 97%, Female 3%",
        f"    voice 2: {rest}",
        f"    pitch 121 Hz, spread 2.3 semitones, {rest}",
        "      gender by small: Male 97%, Female 3%",
    ]


def test_before_the_first_rebuild_status_says_that_there_is_work(paper: Paper) -> None:
    print_status(NOTHING, paper.console)
    assert paper.lines == [
        "home: /corpora/data",
        "latest release: none yet",
        "state: `make rebuild-dataset` has something to do",
    ]


def test_status_of_a_release_says_what_it_holds_and_how_it_came_about(paper: Paper) -> None:
    print_status(RELEASED, paper.console)
    assert paper.lines == [
        "home: /corpora/data",
        "latest release: 1.2.0, 22,064 clips of 1,301 speakers, 41.26 hours, 61,002 labels",
        "state: up to date",
        "",
        "what                         outcome                              count",
        "alphanumeric_accents: files  in                                  22,118",
        "labels: social_stratum       contested: copy_under_two_speakers       7",
    ]


def test_status_says_how_many_questions_are_open_and_how_long_they_take(paper: Paper) -> None:
    counts = {"count_open": 1_200, "hours": 10.0, "count_waiting": 0, "hours_waiting": 0.0, "count_answered": 30}
    waiting = {"count_open": 2, "hours": 0.13, "count_waiting": 40, "hours_waiting": 2.67, "count_answered": 0}
    print_status(NOTHING | {"questions": [{"kind": "hearing", **counts}, {"kind": "record", **waiting}]}, paper.console)
    assert paper.lines[-4:] == [
        "questions: 1,202 open (about 10.1 hours of a person), 30 answered",
        "  beyond the budget: 40 (about 2.7 hours of a person)",
        "  hearing: 1,200 open (about 10.0 hours of a person), 30 answered",
        "  record: 2 open (about 0.1 hours of a person), 0 answered, 40 beyond the budget",
    ]


def test_status_says_what_would_stop_a_rebuild(paper: Paper) -> None:
    print_status(NOTHING | {"problem": "root /corpora: no such folder"}, paper.console)
    assert paper.lines[-1] == "state: root /corpora: no such folder"


@pytest.mark.parametrize(
    ("running", "line"),
    [
        ({"state": "starting", "process": 7}, "running: starting (process 7)"),
        (
            {"state": "running", "stage": "ingest", "done": 1_500, "total": 22_118, "unit": "files", "process": 7}
            | {"seconds_left": 1_234},
            "running: ingest, 1,500 of 22,118 files, about 1,234 s left (process 7)",
        ),
        ({"state": "done", "stage": "ingest", "process": 7}, "running: ingest done (process 7)"),
        (
            {"state": "running", "stage": "ground", "done": 0, "total": 90, "unit": "speakers", "process": 7}
            | {"seconds_left": None},
            "running: ground, 0 of 90 speakers (process 7)",
        ),
    ],
)
def test_status_of_a_rebuild_says_how_far_it_is(running: dict[str, Any], line: str, paper: Paper) -> None:
    print_status(NOTHING | {"running": running}, paper.console)
    assert line in paper.lines


def test_an_explanation_is_indented_from_clip_to_line_of_the_record(paper: Paper) -> None:
    print_explanation(explanation(), paper.console)
    assert paper.lines == [
        "clip 2ed7267fa3c6a16fe7e5fef69bf9bc10, published as 00e3456a58106e485e28ca81 in release 1.2.0, split test",
        "    4.95 s, peak -0.7 dBFS, silence 28%, SNR 45 dB, bandwidth 7875 Hz",
        "  file made:audio/[b]a very long folder of recordings/take-1.wav",
        "    speaker anna, codec wav/pcm_16, rate 48000, channels 1, decoder soundfile 0.14.0 (libsndfile 1.2.2)",
        "    licence CC-BY-4.0, tier research, basis written consent of all speakers, for tests (README.md, line 12)",
        "  age = 20-30 (accepted)",
        "    record/age@1 says 20-30; rule: completed years at the recording from age (number)",
        "      fact 4bbba434d920b8ffd7eb0f445e190983: age = '23' years, as at recording",
        "        read as 23 years (number)",
        "        in registry/people [draft].csv, line 17, column Age",
    ]


@pytest.mark.parametrize("width", [40, 80, 160])
def test_on_a_terminal_lines_are_wrapped_below_their_beginning_and_words_stay_whole(width: int) -> None:
    pipe, terminal = Paper(), Paper(width, is_terminal=True)
    for paper in (pipe, terminal):
        print_explanation(explanation(), paper.console)
    assert " ".join(" ".join(terminal.lines).split()) == " ".join(" ".join(pipe.lines).split())
    for line in terminal.lines:
        assert len(line) <= width or " " not in line.strip().removeprefix("fact ").removeprefix("file ").removeprefix(
            "clip "
        )
    continued = [line for line in terminal.lines if line not in pipe.lines]
    assert bool(continued) == (width < 160)


def test_a_terminal_sees_in_bold_what_is_explained() -> None:
    paper = Paper(160, is_terminal=True)
    print_explanation(explanation(), paper.console)
    bold = re.findall(r"\x1b\[1m(.*?)\x1b\[0m", paper.file.getvalue())
    assert [line.split()[0] for line in bold] == ["clip", "file", "age"]


def test_a_contested_label_shows_no_value(paper: Paper) -> None:
    label = explanation().labels[0] | {"value": None, "verdict": "contested", "reasons": ["records_disagree"]}
    print_explanation(explanation(labels=[label]), paper.console)
    assert "  age (contested: records_disagree)" in paper.lines


def test_a_correction_is_printed_below_the_fact_that_it_made(paper: Paper) -> None:
    original = {
        "fact_id": "00ff",
        "value": "32",
        "author": "M. Maintainer",
        "corrected_on": "2026-11-23",
        "reason": "misprint",
        "reference": "letter",
        "sightings": [{"record_file": "people.csv", "locator": "line 2"}],
    }
    label = explanation().labels[0]
    evidence = label["evidence"][0] | {"facts": [fact(original=original)]}
    print_explanation(explanation(labels=[label | {"evidence": [evidence]}]), paper.console)
    assert paper.lines[-3:] == [
        "        corrects fact 00ff: '32'",
        "          reason misprint, author M. Maintainer, corrected on 2026-11-23, reference letter",
        "          in people.csv, line 2",
    ]


def test_a_withdrawn_fact_is_printed_with_its_reason(paper: Paper) -> None:
    withdrawal: dict[str, Any] = {
        "fact_id": "00ff",
        "reason": "misprint",
        "author": "M.",
        "corrected_on": "2026",
        "reference": "letter",
    }
    withdrawal |= {"fact": fact(fact_id="00ff", reading=None)}
    print_explanation(explanation(labels=[], withdrawals=[withdrawal]), paper.console)
    assert paper.lines[-4:] == [
        "  fact 00ff withdrawn",
        "    reason misprint, author M., corrected on 2026, reference letter",
        "    fact 00ff: age = '23' years, as at recording",
        "      in registry/people [draft].csv, line 17, column Age",
    ]


def test_a_rejected_file_is_printed_with_stage_reason_and_detail(paper: Paper) -> None:
    rejection = {"stage": "ingest", "kind": "file", "subject": "a.wav", "attribute": None, "reason": "truncated"}
    rejection |= {"detail": "9 bytes, fewer than its header says", "fact": None}
    print_explanation(explanation(clip=None, labels=[], rejections=[rejection]), paper.console)
    assert paper.lines[0] == "no clip: the file was rejected"
    assert paper.lines[-1] == "  file a.wav rejected at ingest: truncated: 9 bytes, fewer than its header says"


def test_a_rejected_fact_is_printed_as_recorded_once(paper: Paper) -> None:
    rejection = {
        "stage": "ground",
        "kind": "fact",
        "attribute": "age",
        "reason": "empty_value",
        "detail": "it is empty",
    }
    other = fact(fact_id="00ff", value=None, reading=None)
    rejections = [rejection | {"subject": row["fact_id"], "fact": row} for row in (fact(), other)]
    print_explanation(explanation(rejections=rejections), paper.console)
    assert paper.lines[-4:] == [
        "  fact 4bbba434d920b8ffd7eb0f445e190983 rejected at ground for age: empty_value: it is empty",
        "  fact 00ff rejected at ground for age: empty_value: it is empty",
        "    fact 00ff: age is an empty field, as at recording",
        "      in registry/people [draft].csv, line 17, column Age",
    ]


def test_what_no_record_bears_on_and_what_is_not_published_is_said(paper: Paper) -> None:
    print_explanation(explanation(unrecorded=["income", "weight"], published=None), paper.console)
    assert paper.lines[0] == "clip 2ed7267fa3c6a16fe7e5fef69bf9bc10, not in the latest release"
    assert paper.lines[-1] == "  no record bears on income, weight"
