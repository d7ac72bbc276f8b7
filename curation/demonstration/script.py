"""Who says what into which file: script.toml, read and unfolded into recordings."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

SCRIPT = Path(__file__).with_name("script.toml")

Fault = Literal["text", "truncated", "no frames", "not a number", "silence", "empty", "short"]


class Entry(BaseModel):
    """One entry of the script; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Format(Entry):
    """How a file is written: `codec` is FFmpeg's name, rates are in Hz and bit/s."""

    extension: str
    codec: str
    rate: int
    channels: int = 1
    bit_rate: int | None = None


class Speaker(Entry):
    """One speaker: a voice, the days of recording, and sentences in the speaker's own language."""

    id: str
    voice: str
    pitch: int
    words_per_minute: int
    recorded: list[str]
    native: list[str] = []


class Giveaway(Entry):
    """One sentence that gives its speaker away, and by what."""

    speaker: str
    gives_away: list[str]
    text: str


class Dialogue(Entry):
    """Two speakers in turn; `pause` in seconds, negative for speech over speech."""

    speakers: tuple[str, str]
    pause: float
    lines: list[str]


class Copy(Entry):
    """Another file of the sound of `of`; `starts_at` in seconds."""

    of: str
    path: str
    format: Format
    speaker: str | None = None
    gain_db: float = 0.0
    starts_at: float = 0.0


class Faulty(Entry):
    """One file that holds no usable clip."""

    speaker: str
    path: str
    fault: Fault


class Absent(Entry):
    """One file that is listed and not on disk."""

    speaker: str
    path: str


class Unlisted(Entry):
    """One file that is on disk and not listed."""

    speaker: str
    path: str
    text: str


class Script(Entry):
    """The whole of script.toml."""

    formats: list[Format]
    speakers: list[Speaker]
    rooms: list[str]
    takes: int
    openings: list[str]
    closings: list[str]
    recorded_with_a_cold: list[str]
    giveaways: list[Giveaway]
    dialogues: list[Dialogue]
    copies: list[Copy]
    faults: list[Faulty]
    absent: list[Absent]
    unlisted: list[Unlisted]


@dataclass(frozen=True)
class Line:
    """One line of speech, by the id of who says it."""

    speaker: str
    text: str


@dataclass(frozen=True)
class Recording:
    """One path of the corpus: what is said in it, by whom it is filed, and how the file is made."""

    path: str
    speaker: str
    recorded: str
    lines: tuple[Line, ...]
    format: Format
    pause: float = 0.0
    gain_db: float = 0.0
    starts_at: float = 0.0
    fault: Fault | None = None
    listed: bool = True
    on_disk: bool = True

    @property
    def transcript(self) -> str:
        """All lines, one after the other."""
        return " ".join(line.text for line in self.lines)


def load() -> Script:
    """Return the script that ships with the package."""
    return Script.model_validate(tomllib.loads(SCRIPT.read_text(encoding="utf-8")))


def recordings(script: Script) -> list[Recording]:
    """Return every recording of the corpus, in the order in which recordings.csv lists them."""
    takes = {take.path: take for take in _takes(script)}
    return [
        *takes.values(),
        *_giveaways(script),
        *_dialogues(script),
        *(_copy(copy, takes[copy.of]) for copy in script.copies),
        *_exceptions(script),
    ]


def _takes(script: Script) -> Iterator[Recording]:
    for number, speaker in enumerate(script.speakers):
        for take in range(script.takes):
            form = script.formats[(number + 3 * take) % len(script.formats)]
            native = take - (script.takes - len(speaker.native))
            text = speaker.native[native] if native >= 0 else _sentences(script, number * script.takes + take)
            yield Recording(
                path=f"{_folder(script, speaker.id)}/take-{take + 1}.{form.extension}",
                speaker=speaker.id,
                recorded=speaker.recorded[take % len(speaker.recorded)],
                lines=(Line(speaker.id, text),),
                format=form,
            )


def _giveaways(script: Script) -> Iterator[Recording]:
    for number, giveaway in enumerate(script.giveaways):
        form = script.formats[number % len(script.formats)]
        yield Recording(
            path=f"{_folder(script, giveaway.speaker)}/call-{number + 1}.{form.extension}",
            speaker=giveaway.speaker,
            recorded=_first_day(script, giveaway.speaker),
            lines=(Line(giveaway.speaker, giveaway.text),),
            format=form,
        )


def _dialogues(script: Script) -> Iterator[Recording]:
    for number, dialogue in enumerate(script.dialogues):
        form = script.formats[number % len(script.formats)]
        first = dialogue.speakers[0]
        yield Recording(
            path=f"{_folder(script, first)}/talk-{number + 1}.{form.extension}",
            speaker=first,
            recorded=_first_day(script, first),
            lines=tuple(Line(dialogue.speakers[turn % 2], text) for turn, text in enumerate(dialogue.lines)),
            format=form,
            pause=dialogue.pause,
        )


def _copy(copy: Copy, take: Recording) -> Recording:
    return Recording(
        path=copy.path,
        speaker=copy.speaker or take.speaker,
        recorded=take.recorded,
        lines=take.lines,
        format=copy.format,
        gain_db=copy.gain_db,
        starts_at=copy.starts_at,
    )


def _exceptions(script: Script) -> Iterator[Recording]:
    """Yield what is faulty, absent or unlisted; what it says is said in no take."""
    number = len(script.speakers) * script.takes
    exceptions: list[Faulty | Absent | Unlisted] = [*script.faults, *script.absent, *script.unlisted]
    for exception in exceptions:
        text = exception.text if isinstance(exception, Unlisted) else _sentences(script, number)
        extension = exception.path.rpartition(".")[2]
        yield Recording(
            path=exception.path,
            speaker=exception.speaker,
            recorded=_first_day(script, exception.speaker),
            lines=(Line(exception.speaker, text),),
            format=next(form for form in script.formats if form.extension == extension),
            fault=exception.fault if isinstance(exception, Faulty) else None,
            listed=not isinstance(exception, Unlisted),
            on_disk=not isinstance(exception, Absent),
        )
        number += 1


def _sentences(script: Script, number: int) -> str:
    opening = script.openings[number % len(script.openings)]
    return f"{opening} {script.closings[number % len(script.closings)]}"


def _folder(script: Script, speaker: str) -> str:
    position = [entry.id for entry in script.speakers].index(speaker)
    room = script.rooms[position * len(script.rooms) // len(script.speakers)]
    return f"audio/{room}/{speaker}"


def _first_day(script: Script, speaker: str) -> str:
    return next(entry.recorded[0] for entry in script.speakers if entry.id == speaker)
