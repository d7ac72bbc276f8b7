"""How many errors planted in the real corpus are found, at what cost, and how many questions set them right.

`python -m tests.quality.planted --seeds 2 --speakers 4` plants in two corpora of each kind, and flips the gender of
four speakers. Whoever makes or tunes what is measured must not look at which errors are missed.

Some shares are given once more on those speakers that neither curation/voices.toml nor identity.toml were fitted on.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from tests.conftest import CORPUS
from tests.quality import baselines, questions
from tests.quality.calibration import calibration
from tests.quality.corpora import Corpora, Corpus, plant
from tests.quality.found import VOICE_REASONS, clean_recordings, disturbed, found, plants, reasons, share
from tests.quality.planting import ADULT, KINDS, Planting
from tests.quality.record_files import READ_SENTENCES, SURVEY
from tests.quality.truth import judged, still_heard

SEEDS = 20

WHAT = {
    "misfiled": ("clips filed under another speaker, 5 % of them at once", "at least 98 %"),
    "spliced": ("clips with a second voice spliced in, 3 % of them at once", "at least 95 %"),
    "copied": ("re-encoded copies under another speaker, 6 at once", "100 %"),
    "moved": ("age moved by 30 years in the record, 5 % of the speakers at once", "none"),
}


def figures(corpus: Path, seeds: int = SEEDS, speakers: int | None = None) -> Iterator[tuple[str, str]]:
    """Yield what was measured and the figure."""
    yield from figures_of(plant(corpus, seeds, speakers))


def figures_of(corpora: Corpora) -> Iterator[tuple[str, str]]:
    where = f"{len(corpora.recordings)} recordings of {len(corpora.people)} speakers of {READ_SENTENCES} and {SURVEY}"
    yield "errors are planted in", f"{where}; clips are moved, spliced and copied in {READ_SENTENCES} alone"
    yield from _flipped(corpora)
    for kind, (what, target) in WHAT.items():
        yield f"{what}, {len(corpora.of(kind))} corpora", f"{_of_kind(corpora, kind)}; target: {target}"
    yield from _disturbed(corpora)
    yield from _confidence(corpora)
    yield from questions.figures(corpora)


def _flipped(corpora: Corpora) -> Iterator[tuple[str, str]]:
    ages = pl.DataFrame(corpora.people, schema_overrides={"age": pl.Int64}, orient="row").drop_nulls("age")
    rows = _found(corpora, "flipped")
    alone = baselines.flipped(corpora).join(rows, on=["source", "path"], how="semi")
    for who, is_of, target in (
        (f"each speaker of {ADULT} and above in turn", pl.col("age") >= ADULT, "at least 97 %"),
        ("each child in turn", pl.col("age") < ADULT, "none"),
    ):
        some, beside = (each.join(ages.filter(is_of), on=["source", "speaker"], how="semi") for each in (rows, alone))
        if len(some):
            yield (
                f"gender flipped in the record, {who}",
                f"{_shares(some)}; {_beside(beside, 'by logistic regression')}; target: {target}",
            )


def _of_kind(corpora: Corpora, kind: str) -> str:
    rows = _found(corpora, kind)
    told = _shares(rows)
    if kind == "misfiled":
        alone = baselines.misfiled(corpora).join(rows, on=["source", "path"], how="semi")
        return f"{told}; {_beside(alone, 'by cosine to the other clips')}"
    if kind == "spliced":
        return f"{told}; {share(_cut(corpora, rows), 'is_found')} found or cut to a stretch without the second voice"
    return f"{told}; {_skill(corpora, 'age')}" if kind == "moved" else told


def _disturbed(corpora: Corpora) -> Iterator[tuple[str, str]]:
    kinds: list[tuple[str, Sequence[Corpus]]] = [("nothing is planted", [Corpus(Planting(), corpora.clean)])]
    kinds += [(f"in corpora with {kind} clips or speakers", corpora.of(kind)) for kind in KINDS]
    for where, some in [*kinds, ("in corpora with all of these", corpora.mixed)]:
        rows = pl.concat(_clean(corpora, corpus) for corpus in some)
        counts = ", ".join(f"{reason} {share(rows, reason).share:.1%}" for reason in VOICE_REASONS)
        told = f"{share(rows, 'is_contested')} ({counts}); contested or rejected {share(rows, 'is_either')}"
        yield f"clean clips that are contested for reasons of the voice, {where}", f"{told}; target: at most 8 %"


def _confidence(corpora: Corpora) -> Iterator[tuple[str, str]]:
    labels = pl.concat(judged(one.planting, corpora.spoken, corpora.clean, one.rebuilt) for one in corpora.mixed)
    where = f"{len(corpora.mixed)} corpora with all errors"
    stated = labels.drop_nulls("confidence")
    if stated.is_empty():
        yield f"confidence, {where}", "no label has any"
        return
    yield f"expected calibration error of the confidence, {where}", f"{calibration(stated)}; target: at most 0.05"
    for attribute in stated["attribute"].unique().sort():
        some = stated.filter(pl.col("attribute") == attribute)
        yield f"expected calibration error of the confidence, {attribute}, {where}", str(calibration(some))


def _found(corpora: Corpora, kind: str) -> pl.DataFrame:
    return pl.concat(
        found(plants(one.planting, corpora.recordings), corpora.clean, one.rebuilt) for one in corpora.of(kind)
    )


def _clean(corpora: Corpora, corpus: Corpus) -> pl.DataFrame:
    planted = plants(corpus.planting, corpora.recordings)
    return disturbed(clean_recordings(planted, corpus.planting, corpora.recordings), corpus.rebuilt)


def _shares(rows: pl.DataFrame) -> str:
    unfitted = rows.filter("is_unfitted")
    some = "" if unfitted.is_empty() else f"; {share(unfitted, 'is_found')} that nothing was fitted on"
    why = f" ({reasons(rows)})" if rows["is_found"].any() else ""
    return f"{share(rows, 'is_found')} found{why}{some}"


def _beside(rows: pl.DataFrame, how: str) -> str:
    return f"{share(rows, 'is_found')} {how} of GE2E embeddings, at {baselines.ASKED:.0%} of clean clips asked"


def _cut(corpora: Corpora, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the plants, found also where what is kept of the clip leaves the second voice out."""
    columns = ("source", "path", "start_seconds", "end_seconds")
    kept = {
        (source, path): (start, end)
        for one in corpora.of("spliced")
        for source, path, start, end in one.rebuilt.copies.join(one.rebuilt.targets, on="clip_id")
        .select(columns)
        .rows()
    }
    is_cut = [
        still_heard(corpora.spoken[source, path], *kept.get((source, path), (None, None))) == (speaker,)
        for source, path, speaker in rows.select("source", "path", "speaker").rows()
    ]
    return rows.with_columns(is_found=pl.col("is_found") | pl.Series(is_cut))


def _skill(corpora: Corpora, attribute: str) -> str:
    """Return the stated skill of the models, as learnt where nothing is planted."""
    rows = corpora.clean.skills.filter(pl.col("attribute") == attribute).rows(named=True)
    told = [
        f"{row['witness']} {row['skill']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
        + ("" if row["is_used"] else ", not used")
        for row in rows
    ]
    return f"stated skill in {attribute}: {'; '.join(told) or 'none'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="corpora of each kind")
    parser.add_argument("--speakers", type=int, help="whose gender is flipped, each in turn; default: all")
    options = parser.parse_args()
    for what, figure in figures(CORPUS, options.seeds, options.speakers):
        print(f"{what}: {figure}", flush=True)


if __name__ == "__main__":
    main()
