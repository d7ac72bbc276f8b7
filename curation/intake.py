"""Intake: bring the warehouse up to what the sources and the finished parts now hold."""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

import polars as pl

from curation.corrections import CORRECTION, SHORTEST_PREFIX, apply_corrections, read_corrections
from curation.errors import ConfigError
from curation.listing import VERSION, Files, Records, on_disk, read_clips, read_facts
from curation.records import FACT, INGESTED, Schema, empty
from curation.scan import listing_digest, walk
from curation.sounds import witness
from curation.sources import Source
from curation.verification import ANSWER
from curation.warehouse import Warehouse, read_parts, write_part

# Parts below this size are merged once there are this many of them, so that a home that takes one
# clip a day does not end in a folder of a million files.
_SMALL_BYTES = 2**20
_SMALL_PARTS = 64

# The kinds of parts, each a folder below home/parts with a statement that loads it: derived/load_<kind>.
PART_KINDS = ("facts", "ingest", "segment", "profile", "answers")

# Loading costs a tenth of a second however few rows there are, so that parts are loaded together.
PARTS_AT_ONCE = 16


def scan_sources(
    warehouse: Warehouse, sources: Sequence[Source], properties: frozenset[str], *, rehash: bool = False
) -> dict[str, pl.DataFrame]:
    """Read the sources that changed since their last scan, or all to `rehash`, load what they say; return new facts.

    Raises ConfigError for a definition that does not fit its corpus; the caller's transaction then takes back
    what was loaded before it.
    """
    known = {row["source"]: (row["definition"], row["tree"]) for row in warehouse.query("marts/sources").to_dicts()}
    scanned = {}
    for source in sources:
        disk = on_disk(walk(source.root))
        tree = listing_digest(disk.iter_rows())
        if not rehash and known.get(source.name) == (_definition(source), tree):
            continue
        files = read_clips(source, disk)
        records = read_facts(source, disk, properties)
        _check_speakers(source, files, records)
        scanned[source.name] = _load(warehouse, source, tree, files, records)
    return scanned


def _definition(source: Source) -> str:
    """Return what decides what a source says, beside its files."""
    return f"{source.digest} {VERSION}"


def _check_speakers(source: Source, files: Files, records: Records) -> None:
    """Refuse speakers that never meet: most likely two spellings of the same ids.

    Even where the recordings have no record yet, all the work on them would ground not one label.
    """
    heard = files.files["speaker"].drop_nulls().unique()
    described = records.facts["speaker"].drop_nulls().unique()
    of_files = records.facts["path"].drop_nulls()
    if len(heard) and len(described) and of_files.is_empty() and not heard.is_in(described.implode()).any():
        raise ConfigError(
            f"{source.folder}: no speaker of clips.sql is one of facts.sql: {heard.min()!r} and {described.min()!r} "
            "are examples; write their ids alike, or leave the source out until its recordings have records"
        )


def _load(warehouse: Warehouse, source: Source, tree: str, files: Files, records: Records) -> pl.DataFrame:
    frames = {
        "scanned_source": _described(source, tree),
        "scanned_files": files.files,
        "scanned_facts": records.facts,
        "scanned_sightings": records.sightings,
        "scanned_rejections": pl.concat([files.rejections, records.rejections]),
        "scanned_records": _record_files(source, records.sightings),
    }
    with ExitStack() as stack:
        for name, frame in frames.items():
            stack.enter_context(warehouse.registered(name, frame))
        new = warehouse.query("queues/facts_to_keep")
        warehouse.execute("derived/load_scan")
    return new


def keep_facts(warehouse: Warehouse, parts: Path, new: Iterable[pl.DataFrame]) -> None:
    """Write new facts as parts below `parts`, in the transaction that loads them: the parts come first."""
    for facts in new:
        if not facts.is_empty():
            name = hashlib.sha256("".join(facts["fact_id"]).encode()).hexdigest()[:32]
            write_part(parts / "facts", name, facts, FACT)
            warehouse.append("parts", pl.DataFrame({"name": [f"facts/{name}"]}))


def _described(source: Source, tree: str) -> pl.DataFrame:
    terms = source.terms
    row = {
        "source": source.name,
        "title": terms.title,
        "citation": terms.citation,
        "licence": terms.licence,
        "tier": terms.tier,
        "kind": terms.kind,
        "basis": None if terms.consent is None else terms.consent.basis,
        "permitted_uses": [] if terms.consent is None else list(terms.consent.permitted_uses),
        "stages": list(terms.stages),
        "shortest_cut": None if terms.cut is None else terms.cut.min_seconds,
        "longest_cut": None if terms.cut is None else terms.cut.max_seconds,
        "definition": _definition(source),
        "tree": tree,
    }
    texts = pl.List(pl.String)
    types: Schema = {"permitted_uses": texts, "stages": texts, "basis": pl.String}
    bounds: Schema = {"shortest_cut": pl.Float64, "longest_cut": pl.Float64}
    return pl.DataFrame([row], schema_overrides={**types, **bounds})


def _record_files(source: Source, sightings: pl.DataFrame) -> pl.DataFrame:
    names = sightings["record_file"].unique().sort()
    digests = [_hashed(source.root / name) for name in names]
    columns = {"source": [source.name] * len(names), "record_file": names, "sha256": digests}
    return pl.DataFrame(columns, schema={"source": pl.String, "record_file": pl.String, "sha256": pl.String})


def _hashed(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep_answers(warehouse: Warehouse, home: Path, answers: pl.DataFrame) -> None:
    """Write new answers as a part below home, and load it: they are the one thing that can't be computed again."""
    if not answers.is_empty():
        name = hashlib.sha256("".join(answers["answer_id"]).encode()).hexdigest()[:32]
        load_parts(warehouse, [write_part(home / "parts" / "answers", name, answers, ANSWER)])


def adopt_parts(warehouse: Warehouse, home: Path) -> int:
    """Load finished parts that no run has loaded, and return how many: all of crash recovery."""
    loaded = set(warehouse.query("marts/parts")["name"])
    adopted = 0
    for kind in PART_KINDS:
        finished = [path for path in _by_age(home / "parts" / kind) if _part_name(path) not in loaded]
        for start in range(0, len(finished), PARTS_AT_ONCE):
            load_parts(warehouse, finished[start : start + PARTS_AT_ONCE])
        adopted += len(finished)
    return adopted


def _by_age(folder: Path) -> list[Path]:
    """Return the parts in a folder, the oldest first: of two that read one path, the later one holds."""
    return sorted(folder.glob("*.parquet"), key=lambda path: (path.stat().st_mtime_ns, path.name))


def load_parts(warehouse: Warehouse, paths: Sequence[Path]) -> None:
    """Load parts of one kind, those that are to win last, with the record that they were loaded; all or none."""
    with warehouse.transaction():
        files = [str(path) for path in paths]
        warehouse.execute(f"derived/load_{paths[0].parent.name}", files=files, witness=witness())
        warehouse.append("parts", pl.DataFrame({"name": [_part_name(path) for path in paths]}))


def _part_name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def compact_parts(warehouse: Warehouse, home: Path) -> None:
    """Merge small parts of ingestion into one once there are many.

    A crash in between leaves rows in two parts, which loading does not mind.
    """
    folder = home / "parts" / "ingest"
    small = [path for path in _by_age(folder) if path.stat().st_size < _SMALL_BYTES]
    if len(small) < _SMALL_PARTS:
        return
    name = hashlib.sha256("".join(path.stem for path in small).encode()).hexdigest()[:32]
    # it is no newer than what is in it, or it would win over larger parts that are
    newest = max(path.stat().st_mtime_ns for path in small)
    write_part(folder, name, read_parts(small, INGESTED), INGESTED, newest)
    merged = pl.DataFrame({"name": [f"ingest/{path.stem}" for path in small]})
    with warehouse.transaction(), warehouse.registered("merged", merged):
        warehouse.execute("derived/merge_parts", part=f"ingest/{name}")
    for path in small:
        path.unlink()


def forget_sources(warehouse: Warehouse, configured: Sequence[str]) -> None:
    """Remove what was scanned of sources that are configured no more; their facts stay as history."""
    warehouse.execute("derived/forget_sources", configured=list(configured))


def correct(warehouse: Warehouse, path: Path | None) -> None:
    """Let corrected facts vote in the place of those that a maintainer corrects; the originals stay.

    A correction of a fact that no record states, or states no longer, is a rejection. Raises ConfigError for
    a file that is none, and for a correction that may mean several facts.
    """
    corrections = empty(CORRECTION) if path is None else read_corrections(path)
    starts = [fact[:SHORTEST_PREFIX] for fact in corrections["fact"]]
    facts = warehouse.query("queues/facts_named", starts=starts) if starts else empty(FACT)
    corrected = apply_corrections(facts, corrections)
    changed = corrected.facts.filter(pl.col("fact_id").is_in(corrected.links["corrected_id"]))
    with (
        warehouse.registered("corrected_facts", changed),
        warehouse.registered("links", corrected.links),
        warehouse.registered("unmatched", corrected.rejections),
    ):
        warehouse.execute("derived/load_corrections", file="corrections" if path is None else path.name)
