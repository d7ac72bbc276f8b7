"""Definitions of sources: a corpus is source.toml, clips.sql and facts.sql in one folder."""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError

from curation.errors import ConfigError, nearest
from curation.licences import licence_finding
from curation.settings import SourceSettings, Table, Tier

DEFINITION_FILES = ("source.toml", "clips.sql", "facts.sql")

Stage = Literal["ingest", "segment", "profile", "ground", "consensus", "verify", "release"]

Kind = Literal[
    "registry",  # an office's or an institution's own records
    "measurement",  # taken by those who recorded, such as height with a tape
    "questionnaire",  # the speakers' own answers
    "corpus_documentation",  # tables and README of those who made the corpus, their method not stated
    "knowledge_base",  # compiled by third parties, such as Wikidata
    "published_label",  # a label that somebody released, without the record behind it
]

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Consent(Table):
    """`[consent]`: on what basis the recordings and records may be used, as the corpus states it."""

    basis: Text = Field(description="consent or legal basis, with the file and line that state it")
    permitted_uses: tuple[Text, ...] = Field(min_length=1, description="uses that the basis permits")


class Cut(Table):
    """`[cut]`: bounds of what is kept of a recording with a second voice, if not those of the settings."""

    min_seconds: float = Field(gt=0, description="shorter cuts are not made")
    max_seconds: float = Field(gt=0, description="longer cuts are not made")


class Terms(Table):
    """source.toml: whose corpus it is, on what terms, and what applies to it."""

    title: Text = Field(description="name of the corpus")
    citation: Text = Field(description="way its authors ask to be cited")
    licence: Text = Field(description="SPDX expression, or LicenseRef-NAME where SPDX lists none")
    tier: Tier = Field(description='widest release tier that it may enter: "open", "research" or "internal"')
    kind: Kind = Field(description="kind of record that its facts come from, published beside them")
    stages: tuple[Stage, ...] = Field(min_length=1, description="stages that apply")
    other_properties: tuple[Text, ...] = Field(default=(), description="properties that no rule reads, kept as facts")
    cut: Cut | None = Field(default=None, description="bounds of a cut, where recordings are short; absent: [segment]")
    consent: Consent | None = Field(
        default=None, description="basis and permitted_uses; absent: the internal tier only"
    )


@dataclass(frozen=True)
class Source:
    """One corpus: where it lies, its terms and its two queries; `digest` covers the three files."""

    name: str
    root: Path
    folder: Path
    terms: Terms
    clips_sql: str
    facts_sql: str
    digest: str


def load_source(name: str, settings: SourceSettings, builtin: Path) -> Source:
    """Return a source as its three files define it, found in `builtin`/name unless the settings say where.

    Raises ConfigError naming the file and the key.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise ConfigError(f"[sources.{name}]: a source's name is made of letters, digits, _ and -")
    folder = _definition_folder(name, settings, builtin)
    contents = {file: _read(folder / file) for file in DEFINITION_FILES}
    return Source(
        name=name,
        root=settings.root,
        folder=folder,
        terms=_terms(folder / "source.toml", contents["source.toml"]),
        clips_sql=contents["clips.sql"],
        facts_sql=contents["facts.sql"],
        digest=hashlib.sha256(repr(contents).encode()).hexdigest(),
    )


def _definition_folder(name: str, settings: SourceSettings, builtin: Path) -> Path:
    if settings.definition is not None:
        return settings.definition
    folder = builtin / name
    if not folder.is_dir():
        known = sorted(entry.name for entry in builtin.iterdir() if entry.is_dir())
        raise ConfigError(
            f"[sources.{name}]: no such source is built in{nearest(name, known)}; built in are {', '.join(known)}; "
            f"for a corpus of your own set definition to the folder with its {', '.join(DEFINITION_FILES)}"
        )
    return folder


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors begin a file with a byte-order mark
    except FileNotFoundError as error:
        needed = f"{', '.join(DEFINITION_FILES)} in one folder define a source"
        raise ConfigError(f"{path}: not found; {needed}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _terms(path: Path, text: str) -> Terms:
    try:
        terms = Terms.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from error
    except ValidationError as error:
        raise ConfigError("\n".join(f"{path}: {_explained(dict(item))}" for item in error.errors())) from error
    if (finding := licence_finding(terms.licence)) is not None:
        raise ConfigError(f"{path}: licence = {finding}")
    if terms.cut is not None and terms.cut.min_seconds > terms.cut.max_seconds:
        raise ConfigError(f"{path}: [cut] min_seconds is above max_seconds")
    if terms.consent is None and terms.tier != "internal":
        raise ConfigError(
            f'{path}: tier = "{terms.tier}" needs [consent] with basis and permitted_uses, as the corpus states '
            'them; where it states none, set tier = "internal"'
        )
    return terms


def _explained(finding: dict[str, Any]) -> str:
    """Turn one of pydantic's findings into the key, what is expected there and the nearest known name."""
    location = [str(part) for part in finding["loc"]]
    where = ".".join(location)
    tables: dict[str, type[Table]] = {"consent": Consent, "cut": Cut}
    known = (tables.get(location[0], Terms) if len(location) > 1 else Terms).model_fields
    if finding["type"] == "extra_forbidden":
        return f"unknown key {where}{nearest(location[-1], known)}; known are {', '.join(known)}"
    if finding["type"] == "missing":
        return f"{where} is missing: {known[location[-1]].description}"
    if finding["type"] == "literal_error":
        choices = re.findall(r"'([^']*)'", finding["ctx"]["expected"])
        hint = nearest(str(finding["input"]), choices)
        return f"{where} = {finding['input']!r}: expected one of {', '.join(choices)}{hint}"
    return f"{where} = {finding['input']!r}: {finding['msg']}"
