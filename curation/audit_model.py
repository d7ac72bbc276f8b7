"""The audit model: what voices tell of an attribute, learned from this corpus and told of speakers not learned from.

Speakers fall into folds by their ids. Those of a fold are estimated by what was fitted to the others, in two steps: a
logistic regression on the mean vector and measurements of each speaker, and a second one on what the first says of
speakers that it has not seen, which calibrates it (Platt 1999, "Probabilistic outputs for support vector machines").
The second sees pitch and length too: of a child, or in a second, the voice tells less. Records that the voice makes
unlikely count less when all of it is fitted again, so that wrong ones do not bend it.
"""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.linear_model import LogisticRegression

from curation.records import ESTIMATE, SKILL, empty, shaped

VERSION = 1  # raised when the same voices and records give other estimates
AUDIT_MODEL = f"model/audit@{VERSION}"
FEWEST = 5  # speakers of a class: of one with fewer nothing is told

_MEASURES = ("pitch_hz", "pitch_spread", "voiced_share", "speaking_rate")
_FOLDS = 5
_STRENGTH, _CALIBRATION = 0.01, 1.0  # of the inverse of the regularisation
_SPREAD = 16.0  # by which a vector of length 1 in 256 dimensions is drawn out, so that its parts vary by about 1
_WEIGHT = 3.0  # of a measurement beside the many parts of a vector
_WRONG = 1 / 30  # share of records that are wrong, before anything is known of them
_SHARES = 0.01  # of the class shares in every estimate, so that no speaker is judged beyond doubt
_ROUNDS = 2
_DRAWS, _SEED = 1_000, 1  # of the bootstrap

_SPEAKER = ["source", "entity"]
_UNIT = [*_SPEAKER, "value"]

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


class Estimated(NamedTuple):
    """What models estimate (ESTIMATE), and how well (SKILL)."""

    estimates: pl.DataFrame
    skills: pl.DataFrame


class _Records(NamedTuple):
    """Speakers by recorded class, one a row: features, what says how much a voice tells, class and weight."""

    features: Numbers
    context: Numbers
    classes: Places
    weights: Numbers


def estimated(voiced: pl.DataFrame, recorded: pl.DataFrame) -> Estimated:
    """Return what the voices (VOICED) tell of the attributes that records (RECORDED) give their speakers.

    The clips of a speaker with the same recorded class are judged together and have the same estimate, by a model that
    has learned from no clip of that speaker. Every classifier among the judgements is calibrated in the same way from
    what it says alone. There are no estimates of an attribute where a model has no skill (the 95 % interval over
    speakers reaches 0), or of which fewer than two classes have 5 speakers each.
    """
    judged = voiced.select("clip_id", "judgements").explode("judgements").drop_nulls().unnest("judgements")
    heard = recorded.join(voiced.drop("judgements"), on=["clip_id", *_SPEAKER]).sort("attribute")
    found = [
        _of(labels, witness, str(attribute), said, vectors=witness == AUDIT_MODEL)
        for (attribute,), labels in heard.group_by("attribute", maintain_order=True)
        for witness, said in _witnesses(judged.filter(pl.col("attribute") == attribute))
    ]
    if not found:
        return Estimated(empty(ESTIMATE), empty(SKILL))
    return Estimated(*(pl.concat(some) for some in zip(*found, strict=True)))


def _witnesses(judged: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield each model, and the judgements that it sees: of all classifiers, or of one."""
    yield AUDIT_MODEL, judged
    for (classifier,), own in judged.group_by("classifier", maintain_order=True):
        yield f"model/{classifier}@{VERSION}", own


def _of(labels: pl.DataFrame, witness: str, attribute: str, judged: pl.DataFrame, *, vectors: bool) -> Estimated:
    """Return what one model estimates of one attribute, and how well; it sees vectors, or judgements alone."""
    named = judged.select(
        "clip_id", name=pl.format("{} {}", "classifier", "value"), log=pl.col("probability").clip(1e-4).log()
    )
    columns = named["name"].unique().sort().to_list()
    said = named.pivot("name", on_columns=columns, index="clip_id", values="log", aggregate_function="mean")
    heard = (
        labels.drop_nulls("vector").join(said, on="clip_id", how="left") if vectors else labels.join(said, on="clip_id")
    )
    told = heard.filter(pl.struct(_SPEAKER).n_unique().over("value") >= FEWEST).sort(*_UNIT, "clip_id")
    units = told.group_by(_UNIT, maintain_order=True).agg(
        pl.col(*_MEASURES, *columns).mean(), pl.col("speech_seconds").sum(), pl.len()
    )
    about = {"attribute": attribute, "witness": witness, "count_speakers": units.select(_SPEAKER).n_unique()}
    names = sorted(units["value"].unique())
    if len(names) < 2:
        none = pl.DataFrame([about | {"held_out": "speakers", "is_used": False}])
        return Estimated(empty(ESTIMATE), shaped(none, SKILL))
    features = _features(units, columns) if not vectors else _features(units, [*_MEASURES, *columns], told["vector"])
    records = _Records(
        features,
        np.column_stack([_standard(units["pitch_hz"].log()), _standard(units["speech_seconds"].log1p())]),
        np.searchsorted(names, units["value"].to_numpy().astype(str)).astype(np.int64),
        1 / units.select(pl.len().over(_SPEAKER)).to_series().to_numpy(),
    )
    speaker = units.select(pl.struct(_SPEAKER).rle_id()).to_series().to_numpy().astype(np.int64)
    fold = _folds(units)
    skill = _skill(records, _estimates(records, fold), speaker)
    rows = [about | {"held_out": "speakers"} | skill]
    source = units.select(pl.col("source").rank("dense")).to_series().to_numpy().astype(np.int64)
    if len(np.unique(source)) > 1:
        rows.append(about | {"held_out": "sources"} | _skill(records, _estimates(records, source), speaker))
    skills = shaped(pl.DataFrame(rows, infer_schema_length=None), SKILL)
    if not skill["is_used"]:
        return Estimated(empty(ESTIMATE), skills)
    kinds = ESTIMATE["chances"]
    stated = [
        [{"value": name, "probability": chance} for name, chance in zip(names, row, strict=True)]
        for row in _estimates(records, fold, _ROUNDS).round(4).tolist()
    ]
    of_units = units.select(*_UNIT, chances=pl.Series(stated, dtype=kinds), witness=pl.lit(witness))
    estimates = told.select("clip_id", *_UNIT, attribute=pl.lit(attribute)).join(of_units, on=_UNIT)
    return Estimated(shaped(estimates.sort("clip_id"), ESTIMATE), skills)


def _folds(units: pl.DataFrame) -> Places:
    keys = [hashlib.sha256(repr(key).encode()).digest()[0] for key in units.select(_SPEAKER).iter_rows()]
    return np.array(keys, np.int64) % _FOLDS


def _features(units: pl.DataFrame, measures: list[str], vectors: pl.Series | None = None) -> Numbers:
    """Return the measures of each row of `units`, and the mean of its vectors, of which each has `len` in turn."""
    columns = [_WEIGHT * _standard(units[name]) for name in measures]
    if vectors is not None:
        rows = vectors.explode().to_numpy().reshape(len(vectors), -1).astype(np.float64)
        counts = units["len"].to_numpy().astype(np.int64)
        means = np.add.reduceat(rows, np.cumsum(counts) - counts) / counts[:, None]
        columns += list((_SPREAD * (means - means.mean(axis=0))).T)
    return np.column_stack(columns)


def _standard(column: pl.Series) -> Numbers:
    """Return the deviations of a column from its mean, 0 where nothing is known."""
    numbers = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    known = numbers[np.isfinite(numbers)]
    if len(known) == 0 or known.std() == 0:
        return np.zeros(len(numbers))
    return np.where(np.isfinite(numbers), (numbers - known.mean()) / known.std(), 0)


def _estimates(records: _Records, fold: Places, rounds: int = 1) -> Numbers:
    """Return the chances of the classes (records, classes), of each fold by what was fitted to the others.

    In the rounds after the first, records count by how likely the round before has made them. What that says of others
    depends on a record itself, so that skill is measured in the first.
    """
    trust = records.weights
    chances: Numbers = np.empty((0, 0))
    for _ in range(rounds):
        scores = _told(records.features, records.classes, trust, fold, _STRENGTH, is_score=True)
        context = np.concatenate([scores, *(scores * some[:, None] for some in records.context.T)], axis=1)
        chances = _told(context, records.classes, trust, fold, _CALIBRATION, is_score=False)
        shares = np.bincount(records.classes, trust, chances.shape[1]) / trust.sum()
        chances = (1 - _SHARES) * chances + _SHARES * shares
        own = chances[np.arange(len(chances)), records.classes]
        trust = records.weights * (1 - _WRONG) * own / ((1 - _WRONG) * own + _WRONG * (1 - own))
    return chances


def _told(
    features: Numbers, classes: Places, weights: Numbers, fold: Places, strength: float, *, is_score: bool
) -> Numbers:
    """Return scores, or chances, of each class for the records of each fold; 0 of a class that the others lack."""
    found = np.zeros((len(classes), classes.max() + 1))
    for each in np.unique(fold):
        is_own = fold == each
        known = np.unique(classes[~is_own])
        if len(known) < 2:
            found[np.ix_(is_own, known)] = 0.0 if is_score else 1.0
            continue
        model = LogisticRegression(C=strength, max_iter=1_000)
        model.fit(features[~is_own], classes[~is_own], weights[~is_own])
        found[np.ix_(is_own, known)] = (
            np.log(model.predict_proba(features[is_own]).clip(1e-9))
            if is_score
            else model.predict_proba(features[is_own])
        )
    return found - found.mean(axis=1, keepdims=True) if is_score else found


def _skill(records: _Records, chances: Numbers, speaker: Places) -> dict[str, object]:
    """Return the share of the log loss of class shares that chances take away, and its interval over speakers."""
    own = chances[np.arange(len(chances)), records.classes]
    shares = np.bincount(records.classes, records.weights) / records.weights.sum()
    losses = [
        np.bincount(speaker, records.weights * -np.log(some.clip(1e-9))) for some in (own, shares[records.classes])
    ]
    dice = np.random.default_rng(_SEED)
    drawn = dice.multinomial(len(losses[0]), np.full(len(losses[0]), 1 / len(losses[0])), _DRAWS)
    gains = 1 - (drawn @ losses[0]) / (drawn @ losses[1])
    low, high = np.quantile(gains, (0.025, 0.975))
    skill = 1 - losses[0].sum() / losses[1].sum()
    return {"skill": float(skill), "low": float(low), "high": float(high), "is_used": bool(low > 0)}
