from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from curation.audio import decode
from curation.errors import ClipError
from curation.services import RATE, Probabilities, Samples
from curation.sounds import ID_LENGTH
from curation.voice_profile import Classifier, Turns, Unprofiled, _judged, _stretches, profile
from tests.test_voice_measures import buzz


class Told:
    """A model that gives its labels the same probabilities whatever it hears, and keeps that."""

    def __init__(self, *probabilities: float) -> None:
        self.told = np.array(probabilities)
        self.heard: list[Samples] = []

    def probabilities(self, stretches: Samples) -> Probabilities:
        self.heard.append(stretches)
        return self.told


def written(folder: Path, samples: Samples) -> tuple[str, str]:
    """Return the path of a recording of the samples, and its clip's id."""
    path = folder / "voices.wav"
    soundfile.write(path, samples, RATE, subtype="FLOAT")
    return str(path), decode(path, 600).sha256[:ID_LENGTH]


def spans(*turns: tuple[float, float]) -> list[dict[str, float]]:
    return [{"start_seconds": start, "end_seconds": end} for start, end in turns]


def profiled(
    folder: Path, samples: Samples, voices: list[Turns] | None, classifiers: Sequence[Classifier] = ()
) -> dict[str, Any]:
    path, clip_id = written(folder, samples)
    return profile(Unprofiled(path, clip_id, voices, 600), classifiers)


def judged(classes: Sequence[str | None], *probabilities: float) -> dict[object, object]:
    """Return what a classifier of such labels concludes of a voice, by class."""
    rows = _judged(buzz(120)[None], [Classifier("one", "age", tuple(classes), Told(*probabilities))])
    return {row["value"]: row["probability"] for row in rows}


def test_each_voice_that_a_clip_has_or_may_have_is_profiled_in_its_place(tmp_path: Path) -> None:
    sound = np.concatenate([buzz(110, 2), buzz(220, 1.5), np.zeros(RATE // 2, np.float32)])
    told = Told(0.25, 0.75)
    voices = [
        Turns(1, False, spans((0, 3.5)), spans((0, 3.5))),
        Turns(1, True, spans((0, 2)), spans((0, 2))),
        Turns(2, True, spans((2, 3.5)), spans((2, 3.5))),
    ]
    found = profiled(tmp_path, sound, voices, [Classifier("one", "gender", ("Female", "Male"), told)])
    places = [(row["voice"], row["is_alternative"]) for row in found["voices"]]
    assert places == [(1, False), (1, True), (2, True)]
    assert [round(row["pitch_hz"], -1) for row in found["voices"][1:]] == [110, 220]
    assert all(row["snr_db"] > 60 for row in found["voices"]), "the pause is the same for all"
    assert [len(stretches.ravel()) / RATE for stretches in told.heard] == [3.5, 2, 1.5]
    assert len(found["judgements"]) == 2 * len(voices)
    assert found["judgements"][-1] == {
        "voice": 2, "is_alternative": True, "classifier": "one", "attribute": "gender", "value": "Male",
        "probability": 0.75,
    }  # fmt: skip


def test_all_of_a_clip_that_is_not_segmented_is_one_voice(tmp_path: Path) -> None:
    found = profiled(tmp_path, buzz(150, 1.0), None)
    (row,) = found["voices"]
    assert (row["voice"], row["is_alternative"], row["snr_db"]) == (1, False, None)
    assert row["pitch_hz"] == pytest.approx(150, rel=0.01)
    assert found["judgements"] == []


def test_a_voice_that_never_speaks_alone_is_not_known(tmp_path: Path) -> None:
    told = Told(1.0)
    voices = [Turns(1, False, spans((0, 1)), spans((0, 1))), Turns(2, False, spans((0.2, 0.6)), [])]
    found = profiled(tmp_path, buzz(150, 1.0), voices, [Classifier("one", "gender", ("Male",), told)])
    assert {found["voices"][1][name] for name in ("pitch_hz", "voiced_share", "speaking_rate")} == {None}
    assert [row["voice"] for row in found["judgements"]] == [1]


def test_a_file_that_holds_another_sound_by_now_is_no_failure_of_a_model(tmp_path: Path) -> None:
    path, clip_id = written(tmp_path, buzz(150))
    written(tmp_path, buzz(151))
    with pytest.raises(ClipError, match="changed"):
        profile(Unprofiled(path, clip_id, None, 600), ())
    Path(path).unlink()
    with pytest.raises(ClipError, match="changed"):
        profile(Unprofiled(path, clip_id, None, 600), ())


def test_labels_of_one_class_add_up_and_those_of_none_are_shared_out() -> None:
    assert judged(("20-30", "20-30", "30-40"), 0.5, 0.2, 0.3) == pytest.approx({"20-30": 0.7, "30-40": 0.3})
    assert judged(("20-30", "30-40", None), 0.3, 0.1, 0.6) == pytest.approx({"20-30": 0.75, "30-40": 0.25})
    assert judged(("20-30", "30-40", None), 0.0, 0.0, 1.0) == {}


@given(st.lists(st.floats(0.01, 15), max_size=6), st.floats(0, 0.5))
def test_what_is_judged_is_the_beginning_of_what_a_voice_says_in_equal_stretches(
    lengths: list[float], pause: float
) -> None:
    ends = np.cumsum([length + pause for length in lengths])
    alone = np.column_stack([ends - lengths, ends]) if lengths else np.empty((0, 2))
    samples = np.arange(round((ends[-1] if lengths else 0) * RATE) + 1, dtype=np.float32)
    found = _stretches(samples, alone)
    said = sum(lengths)
    if said < 0.499:
        assert not len(found)
    elif said > 0.501:
        assert found.size / RATE == pytest.approx(min(said, 30), abs=0.001)
        assert 5 <= found.shape[1] / RATE <= 10 or len(found) == 1
        assert (np.diff(found.ravel()) > 0).all(), "in their order, and none twice"
        within = (found.ravel()[:, None] >= np.rint(alone[:, 0] * RATE)) & (
            found.ravel()[:, None] < np.rint(alone[:, 1] * RATE)
        )
        assert within.any(axis=1).all()
