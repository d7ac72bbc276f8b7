"""The shortcut audit: how far an attribute can be told from what must not matter, without hearing the voice.

A model that sees no more of a clip than its source, length, loudness and the like should have no skill. Where it has, a
score on the corpus may measure the recording and not the voice (Geirhos et al. 2020, Shortcut learning in deep neural
networks). Skill is the share of log loss that is taken away from that of the class shares, for speakers whom the model
has not seen; in it and in training all speakers weigh the same, however many clips they have.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier

from curation.records import Schema, empty

# How far an attribute can be told from what must not matter: `skill`, with its 95 % interval over speakers, and the
# `feature` that tells most alone, null where nothing `is_clear`; or the reason why it could not be judged. Counted are
# the clips and speakers of the classes that have enough speakers to be judged.
SHORTCUT: Schema = {
    "attribute": pl.String,
    "count_clips": pl.Int64,
    "count_speakers": pl.Int64,
    "skill": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "is_clear": pl.Boolean,
    "feature": pl.String,
    "reason": pl.String,
}

# What one feature has in that: its skill alone (null where it does not vary), how much of the skill of all is `lost`
# without it (null too where all of them tell nothing), and what is left where the classes are matched on it.
SHORTCUT_FEATURE: Schema = {
    "attribute": pl.String,
    "feature": pl.String,
    "skill": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "lost": pl.Float64,
    "count_clips_left": pl.Int64,
    "count_speakers_left": pl.Int64,
}

CATEGORIES = ("source", "codec", "rate", "channels")
QUANTITIES = ("seconds", "loudness_lufs", "bandwidth_hz", "silence_share", "snr_db", "size", "characters")
FEATURES = (*CATEGORIES, *QUANTITIES)
SPEAKER = ("source", "entity")

SPEAKERS = 10  # of a class: with fewer, even a feature that tells the classes apart would not be found
CLIPS = 3_000  # that the model sees: of a speaker who has many, more tell no more, and ten million take no longer
FOLDS = 5
TREES, LEAVES = 10, 8  # more found no more in made data
LEAF = 5.0  # speakers in a leaf, and those that the class shares count for in a bin: none is about one or two of them
PRIOR = 0.05  # of the class shares in every prediction, so that no one surprise decides the sum
DRAWS = 1_000  # of the bootstrap
CLEAR = 0.01  # the interval lies above it: a model that gains less would change no score that anyone reports
BINS = (
    5  # quantiles within which classes are matched: five take nine tenths of a bias away (Cochran 1968, Biometrics 24)
)

_Numbers = NDArray[np.float64]
_Integers = NDArray[np.int64]


class _Skill(NamedTuple):
    """A skill and its 95 % interval over speakers."""

    skill: float
    low: float
    high: float


class _Trial(NamedTuple):
    """What there is to tell, clip by clip: its class, its speaker and the fold of that; and how much it weighs.

    `places` and `bins` have a column each of FEATURES. `shares` are those of the classes; `draws` has a row each of the
    bootstrap, which says how often it draws which speaker.
    """

    places: NDArray[np.float32]
    bins: _Integers
    classes: _Integers
    speakers: _Integers
    folds: _Integers
    weights: _Numbers
    shares: _Numbers
    draws: _Numbers


def audit(clips: pl.DataFrame, labels: pl.DataFrame, seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return how far each attribute can be told from all features (SHORTCUT), and what each feature has in that.

    `clips` has a row a clip: clip_id, source, entity and the other FEATURES, null where one is not known; `labels` are
    those to tell: clip_id, attribute, value. The second frame (SHORTCUT_FEATURE) has a row for each feature of each
    attribute that could be judged.
    """
    known = clips.sort("clip_id").with_columns(
        *(_place(name).alias(f"place of {name}") for name in FEATURES),
        *(_bin(name).alias(f"bin of {name}") for name in FEATURES),
    )
    attributes: list[dict[str, object]] = []
    features = [empty(SHORTCUT_FEATURE)]
    for (attribute,), labelled in labels.sort("attribute").group_by("attribute", maintain_order=True):
        table = _with_enough_speakers(known.join(labelled, on="clip_id", maintain_order="left"))
        row: dict[str, object] = {"attribute": attribute, "count_clips": table.height}
        row["count_speakers"] = table["speaker"].n_unique()
        if table["value"].n_unique() < 2:
            reason = "one_class" if labelled["value"].n_unique() < 2 else "few_speakers"
            attributes.append({**row, "is_clear": False, "reason": reason})
            continue
        skill, of_features = _judged(table, seed)
        is_clear = skill.low > CLEAR
        best = of_features.sort("skill", descending=True, nulls_last=True)["feature"][0]
        attributes.append({**row, **skill._asdict(), "is_clear": is_clear, "feature": best if is_clear else None})
        features.append(of_features.with_columns(attribute=pl.lit(attribute)))
    return _frame(attributes, SHORTCUT), pl.concat(features)


def _frame(rows: Sequence[dict[str, object]], schema: Schema) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=dict(schema))


def _place(name: str) -> pl.Expr:
    """Return where a feature stands among its values, up to 1: outliers count no more than any; -1 is not known."""
    rank = pl.col(name).rank("dense")
    return (rank / rank.max()).fill_null(-1.0).cast(pl.Float32)


def _bin(name: str) -> pl.Expr:
    """Return which clips are alike in a feature: of one category, or within one quantile; 0 is not known."""
    if name in CATEGORIES:
        return pl.col(name).rank("dense").cast(pl.Int64).fill_null(0)
    return (BINS * pl.col(name).rank("average") / pl.col(name).count()).ceil().cast(pl.Int64).fill_null(0)


def _with_enough_speakers(table: pl.DataFrame) -> pl.DataFrame:
    """Return the clips of the classes that can be judged; `speaker` and `class` number what they have, from 0."""
    return table.filter(pl.struct(SPEAKER).n_unique().over("value") >= SPEAKERS).with_columns(
        _code(pl.struct(SPEAKER)).alias("speaker"), _code(pl.col("value")).alias("class")
    )


def _code(values: pl.Expr) -> pl.Expr:
    return (values.rank("dense") - 1).cast(pl.Int64)


def _judged(table: pl.DataFrame, seed: int) -> tuple[_Skill, pl.DataFrame]:
    """Return the skill of all features together, and a row for each feature (SHORTCUT_FEATURE)."""
    trial = _trial(table, seed)
    whole = _skill(trial, _chances(trial, range(len(FEATURES))))
    classes, speakers = table["class"].to_numpy(), table["speaker"].to_numpy()
    rows: list[dict[str, object]] = []
    for column, name in enumerate(FEATURES):
        row = {"feature": name, **_balanced(table[f"bin of {name}"].to_numpy(), classes, speakers)}
        if table[name].n_unique() > 1:
            row |= _skill(trial, _chances_by_bin(trial, column))._asdict()
            if whole.low > CLEAR:
                others = [other for other in range(len(FEATURES)) if other != column]
                row["lost"] = whole.skill - _skill(trial, _chances(trial, others)).skill
        rows.append(row)
    return whole, _frame(rows, SHORTCUT_FEATURE)


def _trial(table: pl.DataFrame, seed: int) -> _Trial:
    seen = table[_seen(table["speaker"].to_numpy(), table["class"].to_numpy())].with_columns(_code(pl.col("speaker")))
    speakers, classes = seen["speaker"].to_numpy(), seen["class"].to_numpy()
    weights = 1 / np.bincount(speakers)[speakers]
    dice = np.random.default_rng(seed)
    count = int(speakers.max()) + 1
    return _Trial(
        places=seen.select(f"place of {name}" for name in FEATURES).to_numpy(),
        bins=seen.select(f"bin of {name}" for name in FEATURES).to_numpy(),
        classes=classes,
        speakers=speakers,
        folds=_folds(speakers, classes, dice)[speakers],
        weights=weights,
        shares=np.bincount(classes, weights) / count,
        draws=dice.multinomial(count, np.full(count, 1 / count), DRAWS).astype(np.float64),
    )


def _seen(speakers: _Integers, classes: _Integers) -> _Integers:
    """Return the rows that the model sees: of each class the same share, a speaker's first clip before any second."""
    rows = np.arange(len(speakers))
    rounds = _numbered(speakers, rows)
    groups = rounds * (classes.max() + 1) + classes
    shares = _numbered(groups, rows) / np.bincount(groups)[groups]
    return np.sort(np.lexsort((shares, rounds))[:CLIPS])


def _folds(speakers: _Integers, classes: _Integers, dice: np.random.Generator) -> _Integers:
    """Return the fold of each speaker: those of a class are dealt out by chance, so that each fold has as many."""
    of_speaker = classes[np.unique(speakers, return_index=True)[1]]
    mixed = dice.permutation(len(of_speaker))
    dealt = mixed[np.argsort(of_speaker[mixed], kind="stable")]
    folds = np.empty(len(dealt), np.int64)
    folds[dealt] = np.arange(len(dealt)) % FOLDS
    return folds


def _chances(trial: _Trial, columns: Sequence[int]) -> _Numbers:
    """Return how likely each class is for each clip, by trees that see some features and no clip of its speaker."""
    places = trial.places[:, list(columns)]
    chances = np.zeros((len(places), len(trial.shares)))
    for fold in range(FOLDS):
        is_new = trial.folds == fold
        weights = trial.weights[~is_new]
        model = ExtraTreesClassifier(
            TREES,
            criterion="log_loss",
            max_features=None,
            max_leaf_nodes=LEAVES,
            min_weight_fraction_leaf=min(0.5, LEAF / weights.sum()),
            random_state=0,
        )
        model.fit(places[~is_new], trial.classes[~is_new], sample_weight=weights)
        chances[np.ix_(is_new, model.classes_)] = model.predict_proba(places[is_new])
    return (1 - PRIOR) * chances + PRIOR * trial.shares


def _chances_by_bin(trial: _Trial, column: int) -> _Numbers:
    """Return how likely each class is by the bin of one feature alone, in the clips of other folds' speakers."""
    bins, count = trial.bins[:, column], len(trial.shares)
    chances = np.empty((len(bins), count))
    for fold in range(FOLDS):
        is_new = trial.folds == fold
        cells = (bins * count + trial.classes)[~is_new]
        weights = np.bincount(cells, trial.weights[~is_new], (bins.max() + 1) * count).reshape(-1, count)
        by_bin = (weights + LEAF * trial.shares) / (weights.sum(axis=1, keepdims=True) + LEAF)
        chances[is_new] = by_bin[bins[is_new]]
    return chances


def _skill(trial: _Trial, chances: _Numbers) -> _Skill:
    told = -np.log(chances[np.arange(len(chances)), trial.classes])
    by_chance = -np.log(trial.shares[trial.classes])
    losses = np.stack([np.bincount(trial.speakers, loss * trial.weights) for loss in (told, by_chance)], axis=1)
    drawn = trial.draws @ losses
    low, high = np.quantile(1 - drawn[:, 0] / drawn[:, 1], (0.025, 0.975))
    told_sum, chance_sum = losses.sum(axis=0)
    return _Skill(float(1 - told_sum / chance_sum), float(low), float(high))


def _balanced(bins: _Integers, classes: _Integers, speakers: _Integers) -> dict[str, object]:
    """Return how many clips and speakers are left where every bin of a feature holds the classes in the same shares.

    The shares are those of all clips. Of a bin that has too many clips of a class, those go whose speaker has others
    there; a bin without clips of some class goes whole.
    """
    sizes = np.bincount(classes)
    cells = bins * len(sizes) + classes
    counts = np.bincount(cells, minlength=(bins.max() + 1) * len(sizes)).reshape(-1, len(sizes))
    scarcest = (counts * len(classes) / sizes).min(axis=1)
    quotas = np.floor(scarcest[:, None] * sizes / len(classes) + 1e-9).astype(np.int64).ravel()
    rounds = _numbered(cells * (speakers.max() + 1) + speakers, np.arange(len(cells)))
    kept = _numbered(cells, rounds) < quotas[cells]
    return {"count_clips_left": int(kept.sum()), "count_speakers_left": len(np.unique(speakers[kept]))}


def _numbered(groups: _Integers, order: _Integers) -> _Integers:
    """Return the place of each row in its group, from 0, in an order."""
    rows = np.lexsort((order, groups))
    starts = np.flatnonzero(np.diff(groups[rows], prepend=-1))
    numbers = np.empty(len(rows), np.int64)
    numbers[rows] = np.arange(len(rows)) - np.repeat(starts, np.diff(starts, append=len(rows)))
    return numbers
