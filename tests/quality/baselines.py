"""What the GE2E embeddings say by themselves: the baselines that the issue states, on the same planted corpora.

Of each clip the embedding is that of the voice with the most speech. Asked are the clips whose scores are as low as
those of the lowest tenth of the clean ones.
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from tests.quality.corpora import Corpora, Corpus
from tests.quality.found import plants
from tests.quality.rebuilt import Rebuilt
from tests.quality.truth import classes

FOLDS = 5
STRENGTHS = (1.0, 10.0, 100.0, 1000.0)  # inverse, of the regularisation
ASKED = 0.1

Numbers = npt.NDArray[np.float64]


def flipped(corpora: Corpora) -> pl.DataFrame:
    """Return the plants, with `is_found` by how likely the recorded gender is in the mean over its speaker's clips."""
    fit = strength(embedded(corpora.clean, "gender"))
    found = []
    for corpus in corpora.of("flipped"):
        clips = embedded(corpus.rebuilt, "gender")
        scores = clips.with_columns(score=np.log(np.maximum(chances(clips, fit), 1e-9))).with_columns(
            pl.col("score").mean().over("source", "entity")
        )
        found.append(_asked(corpora, corpus, scores))
    return pl.concat(found)


def misfiled(corpora: Corpora) -> pl.DataFrame:
    """Return the plants, with `is_found` by the cosine to the mean of the claimed speaker's other clips."""
    found = []
    for corpus in corpora.of("misfiled"):
        clips = embedded(corpus.rebuilt)
        found.append(_asked(corpora, corpus, clips.with_columns(score=likeness(clips))))
    return pl.concat(found)


def embedded(rebuilt: Rebuilt, attribute: str | None = None) -> pl.DataFrame:
    """Return the clips with a voice: clip_id, source, entity, path and vector, and `value` where one is recorded."""
    clips = rebuilt.claims.join(rebuilt.voices, on="clip_id", maintain_order="left")
    if attribute is None:
        return clips
    known = [(*key[:2], value) for key, value in classes(rebuilt).items() if key[2] == attribute]
    values = pl.DataFrame(known, dict.fromkeys(("source", "entity", "value"), pl.String), orient="row")
    return clips.join(values, on=["source", "entity"], maintain_order="left")


def chances(clips: pl.DataFrame, fit: float) -> Numbers:
    """Return how likely each clip's recorded value is, by a logistic regression on the clips of other speakers."""
    vectors, values = _vectors(clips), clips["value"].to_numpy()
    groups = clips.select(pl.struct("source", "entity").rank("dense")).to_series().to_numpy()
    found = np.empty(len(clips))
    for train, test in GroupKFold(FOLDS).split(vectors, values, groups):
        if len(set(values[train])) == 1:
            found[test] = values[test] == values[train][0]
            continue
        model = LogisticRegression(C=fit, max_iter=1_000).fit(vectors[train], values[train])
        # a class that nobody else has is never expected
        place = {name: number for number, name in enumerate(model.classes_)}
        likely = np.column_stack([model.predict_proba(vectors[test]), np.zeros(len(test))])
        found[test] = likely[np.arange(len(test)), [place.get(value, -1) for value in values[test]]]
    return found


def strength(clips: pl.DataFrame) -> float:
    """Return the strength that is best on clips without errors, which is more than anybody would know."""
    losses = {each: -float(np.log(np.maximum(chances(clips, each), 1e-6)).mean()) for each in STRENGTHS}
    return min(losses, key=lambda each: losses[each])


def likeness(clips: pl.DataFrame) -> Numbers:
    """Return the cosine of each clip to the mean of the other clips of the same speaker; NaN where there are none."""
    vectors = _vectors(clips)
    group = clips.select(pl.struct("source", "entity").rank("dense") - 1).to_series().to_numpy()
    total = np.zeros((group.max() + 1, vectors.shape[1]))
    np.add.at(total, group, vectors)
    others = total[group] - vectors
    is_alone = np.bincount(group)[group] == 1
    lengths = np.where(is_alone, np.nan, np.linalg.norm(others, axis=1))
    return np.asarray(np.einsum("ij,ij->i", vectors, others) / lengths)


def _asked(corpora: Corpora, corpus: Corpus, scores: pl.DataFrame) -> pl.DataFrame:
    """Return the plants of a corpus that have a score, with whether they would be asked."""
    planted = plants(corpus.planting, corpora.recordings)
    clean = scores.join(planted, on=["source", "path"], how="anti")["score"].to_numpy()
    least = np.nanquantile(clean, ASKED)
    return planted.join(
        scores.select("source", "path", "score"), on=["source", "path"], maintain_order="left"
    ).with_columns(is_found=pl.col("score") <= least)


def _vectors(clips: pl.DataFrame) -> Numbers:
    return clips["vector"].explode().to_numpy().reshape(len(clips), -1).astype(float)
