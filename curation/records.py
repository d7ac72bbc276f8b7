"""The nouns: one frame schema each. A batch is a frame, a row is one of what the name says.

Ids are the first 32 hexadecimal digits of a SHA-256 over the bytes or fields named; they stay
inside the warehouse. Times are in seconds, levels in dBFS, loudness in LUFS, frequencies in Hz.
"""

import hashlib
from collections.abc import Mapping

import polars as pl

Schema = Mapping[str, pl.DataType | type[pl.DataType]]

ID_LENGTH = 32

# One path that a source names and that is on disk. `speaker`, `recorded_on` and `transcript` are what its
# clips.sql says, verbatim.
FILE: Schema = {
    "source": pl.String,
    "path": pl.String,
    "size": pl.Int64,
    "mtime_ns": pl.Int64,
    "ctime_ns": pl.Int64,
    "speaker": pl.String,
    "recorded_on": pl.String,
    "transcript": pl.String,
}

# What one file's bytes decode to, by one version of the decoding code: a clip or a reason.
DECODING: Schema = {
    "sha256": pl.String,
    "witness": pl.String,
    "clip_id": pl.String,
    "codec": pl.String,
    "decoder": pl.String,
    "rate": pl.Int64,
    "channels": pl.Int64,
    "reason": pl.String,
    "detail": pl.String,
}

# One sound, whatever files hold it. `clip_id` is the SHA-256 of the decoded samples before
# resampling, with rate and channel count; measurements are of the 16 kHz mono mix.
CLIP: Schema = {
    "clip_id": pl.String,
    "seconds": pl.Float64,
    "peak_dbfs": pl.Float64,
    "rms_dbfs": pl.Float64,
    "loudness_lufs": pl.Float64,
    "clipped_share": pl.Float64,
    "dc_offset": pl.Float64,
    "silence_share": pl.Float64,
    "snr_db": pl.Float64,
    "bandwidth_hz": pl.Float64,
}

# One file as ingested, which is what a part holds: a File's identity and times, its Decoding, and
# its Clip with the acoustic fingerprint. Bytes that were known have neither clip nor reason.
INGESTED: Schema = {
    **{name: FILE[name] for name in ("source", "path", "size", "mtime_ns", "ctime_ns")},
    **DECODING,
    **CLIP,
    "fingerprint": pl.Binary,
}

# One voice of a clip. Turns may overlap those of other voices, exclusive turns do not; the vector has length 1.
TURNS = pl.List(pl.Struct({"start_seconds": pl.Float64, "end_seconds": pl.Float64}))
VOICE = pl.Struct(
    {"speech_seconds": pl.Float64, "turns": TURNS, "exclusive_turns": TURNS, "vector": pl.List(pl.Float32)}
)

# One word of a clip; `voice` is the place of the voice that says it, from 1. What is not known is null.
WORD = pl.Struct(
    {
        "text": pl.String,
        "start_seconds": pl.Float64,
        "end_seconds": pl.Float64,
        "confidence": pl.Float64,
        "voice": pl.Int64,
    }
)

# What models, named by `witness`, heard in one clip, given what its source says was said; or why they could not.
# `second_voice` is the probability of more than one; `alternative_voices` the two that one voice might be.
SEGMENTED: Schema = {
    "clip_id": pl.String,
    "witness": pl.String,
    "known_transcript": pl.String,
    "speech_seconds": pl.Float64,
    "second_voice": pl.Float64,
    "voices": pl.List(VOICE),
    "alternative_voices": pl.List(VOICE),
    "transcription": pl.String,
    "transcription_detail": pl.String,
    "language": pl.String,
    "language_probability": pl.Float64,
    "words": pl.List(WORD),
    "reason": pl.String,
    "detail": pl.String,
}

# What is measured of one voice of a clip where it speaks alone: that in the place `voice`, from 1, of its voices or of
# the alternative ones. Pitch is the median, its spread a robust standard deviation in semitones; both are null of what
# is hardly voiced, as `snr_db`, the voice over the pauses, is where there is none. The rate is in syllables a second.
PROFILE = pl.Struct(
    {
        "voice": pl.Int64,
        "is_alternative": pl.Boolean,
        "pitch_hz": pl.Float64,
        "pitch_spread": pl.Float64,
        "voiced_share": pl.Float64,
        "speaking_rate": pl.Float64,
        "level_dbfs": pl.Float64,
        "snr_db": pl.Float64,
    }
)

# How likely a voice is of a class, says a classifier, by its name in the settings; one for each class that it knows.
JUDGEMENT = pl.Struct({"classifier": pl.String, "attribute": pl.String, "value": pl.String, "probability": pl.Float64})

# What the voices of one clip are like, by what `witness` names, given what models, named by `heard_by`, heard in it
# (null: all of it is one voice, for its source is not segmented); or why that is not known.
PROFILED: Schema = {
    "clip_id": pl.String,
    "witness": pl.String,
    "heard_by": pl.String,
    "voices": pl.List(PROFILE),
    "judgements": pl.List(
        pl.Struct([pl.Field("voice", pl.Int64), pl.Field("is_alternative", pl.Boolean), *JUDGEMENT.fields])
    ),
    "reason": pl.String,
    "detail": pl.String,
}

# One recorded property of a speaker or of a file: exactly one of `speaker` and `path` is set.
# `value` and `unit` are verbatim (null: the record holds an empty field). `valid_on` is a date to
# its precision (2020, 2020-04, 2020-04-23), `recording` for "as at the recording", or null.
FACT: Schema = {
    "fact_id": pl.String,
    "source": pl.String,
    "speaker": pl.String,
    "path": pl.String,
    "property": pl.String,
    "value": pl.String,
    "unit": pl.String,
    "valid_on": pl.String,
}
FACT_KEY = ("source", "speaker", "path", "property", "value", "unit", "valid_on")

# Where a fact stands in the latest scan.
SIGHTING: Schema = {
    "fact_id": pl.String,
    "source": pl.String,
    "record_file": pl.String,
    "locator": pl.String,
}

# One witness's statement on one attribute of a speaker as recorded on one date (`recorded_on`
# null: an undated recording). `values` are the classes that the statement leaves possible, sorted:
# one for a clear record, two for an age that spans a boundary. `rule` names how it was read.
EVIDENCE: Schema = {
    "evidence_id": pl.String,
    "source": pl.String,
    "speaker": pl.String,
    "path": pl.String,
    "recorded_on": pl.String,
    "attribute": pl.String,
    "values": pl.List(pl.String),
    "witness": pl.String,
    "rule": pl.String,
    "fact_ids": pl.List(pl.String),
}
EVIDENCE_KEY = ("source", "speaker", "path", "recorded_on", "attribute", "values", "witness", "rule", "fact_ids")

# What of one clip its claimed speaker says: the place of the voice, from 1, and the stretch that is kept (null: all of
# it); or why nothing is. `likeness` is that to the voice of the speaker's other clips, null where there are none.
TARGET: Schema = {
    "clip_id": pl.String,
    "source": pl.String,
    "entity": pl.String,
    "voice": pl.Int64,
    "is_alternative": pl.Boolean,
    "second_voice": pl.Float64,
    "likeness": pl.Float64,
    "start_seconds": pl.Float64,
    "end_seconds": pl.Float64,
    "reason": pl.String,
    "detail": pl.String,
}

# How likely one clip is of its claimed speaker, by voice, and whom it sounds like if it is not (null: nobody known).
# `likeness` is the cosine to the speaker's other clips; null, as `probability`, where there is nothing to compare.
BELONGING: Schema = {
    "clip_id": pl.String,
    "source": pl.String,
    "entity": pl.String,
    "other_source": pl.String,
    "other_entity": pl.String,
    "likeness": pl.Float64,
    "probability": pl.Float64,
}

# What voices say against the claims, and how probable that is. By `kind`: a clip of somebody else (misfiled), who
# sounds like `other_entity` (null: nobody known), or two entities that are one person (same_person; no clip_id).
CONFLICT: Schema = {
    "kind": pl.String,
    "source": pl.String,
    "entity": pl.String,
    "clip_id": pl.String,
    "other_source": pl.String,
    "other_entity": pl.String,
    "likeness": pl.Float64,
    "probability": pl.Float64,
}

# Words of one clip's transcript that give an attribute of its speaker away; times are null where they are not known.
DISCLOSED: Schema = {
    "clip_id": pl.String,
    "source": pl.String,
    "entity": pl.String,
    "attribute": pl.String,
    "words": pl.String,
    "start_seconds": pl.Float64,
    "end_seconds": pl.Float64,
    "is_cut": pl.Boolean,
}

# What all records together leave possible on one attribute of one clip: sorted classes, `outside` being none of them;
# none where they disagree. `is_contradictory`: its files stand under two speakers.
AGREEMENT: Schema = {
    "clip_id": pl.String,
    "attribute": pl.String,
    "values": pl.List(pl.String),
    "evidence_ids": pl.List(pl.String),
    "fact_ids": pl.List(pl.String),
    "is_contradictory": pl.Boolean,
}

# What a model estimates of an attribute of a clip's speaker, who is none of those that it learnt from.
ESTIMATE: Schema = {
    "clip_id": pl.String,
    "source": pl.String,
    "entity": pl.String,
    "attribute": pl.String,
    "witness": pl.String,
    "chances": pl.List(pl.Struct({"value": pl.String, "probability": pl.Float64})),
}

# How well a model tells an attribute of speakers, or of sources, that it did not learn from: the share of log loss that
# it takes away from that of the class shares, with a 95 % interval over speakers.
SKILL: Schema = {
    "attribute": pl.String,
    "witness": pl.String,
    "held_out": pl.String,
    "count_speakers": pl.Int64,
    "skill": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "is_used": pl.Boolean,
}

# How often the records of one source on one attribute are wrong, given the voices of so many speakers.
RELIABILITY: Schema = {
    "source": pl.String,
    "attribute": pl.String,
    "error": pl.Float64,
    "count_speakers": pl.Int64,
}

# How likely the class that records give a clip is right, and whether its voice speaks against it.
WEIGHT: Schema = {
    "clip_id": pl.String,
    "source": pl.String,
    "entity": pl.String,
    "attribute": pl.String,
    "confidence": pl.Float64,
    "is_contradicted": pl.Boolean,
}

# What consensus concluded on one attribute of one clip. `value` is the one class that its records give, whatever the
# verdict; `confidence` the probability that it is right.
LABEL: Schema = {
    "clip_id": pl.String,
    "attribute": pl.String,
    "value": pl.String,
    "verdict": pl.String,
    "reasons": pl.List(pl.String),
    "confidence": pl.Float64,
    "evidence_ids": pl.List(pl.String),
    "fact_ids": pl.List(pl.String),
}

# One subject that left, where and why. `subject` is by `kind`: a path (file, or date for that of its
# recording), a clip_id (clip), a fact_id (fact), a record file, or clips.sql, and place in it (record), or a
# line of the corrections file (correction, of no source).
REJECTION: Schema = {
    "stage": pl.String,
    "source": pl.String,
    "kind": pl.String,
    "subject": pl.String,
    "attribute": pl.String,
    "reason": pl.String,
    "detail": pl.String,
}


def empty(schema: Schema) -> pl.DataFrame:
    """Return a frame of no rows with the schema's columns."""
    return pl.DataFrame(schema=dict(schema))


def shaped(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return the frame with exactly the schema's columns, in order, cast to its types.

    Columns that the frame lacks become null; raises polars' own error where a cast would lose data.
    """
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    )


def content_ids(frame: pl.DataFrame, key: tuple[str, ...]) -> pl.Series:
    """Return one id a row: the start of the SHA-256 over the row's key fields, null apart from empty."""
    digests = [hashlib.sha256(repr(row).encode()).hexdigest()[:ID_LENGTH] for row in frame.select(key).iter_rows()]
    return pl.Series("id", digests, dtype=pl.String)


def batch_id(rows: pl.DataFrame, witness: str) -> str:
    """Return one id for all rows, in their order, and for what works on them."""
    digest = hashlib.sha256(witness.encode())
    for row in rows.iter_rows():
        digest.update(repr(row).encode())
    return digest.hexdigest()[:ID_LENGTH]
