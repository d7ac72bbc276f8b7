-- Who speaks when and what is said, and which stretch of a clip is its speaker's.

-- bounds in seconds of a cut, where a source sets its own
alter table sources add column shortest_cut double;
alter table sources add column longest_cut double;

-- one row: a file of a model in use, by its digest; `witness` names all that decides what the models say. The latest run's
create table models (
    witness varchar not null,
    file varchar not null,
    sha256 varchar not null
);

-- one row: what models heard in a clip, given what its source says was said; or why they could not
create table segmentations (
    clip_id varchar not null,
    witness varchar not null,
    known_transcript varchar,
    speech_seconds double,
    second_voice double,
    -- the voice with the most speech first
    voices struct(
        speech_seconds double,
        turns struct(start_seconds double, end_seconds double)[],
        exclusive_turns struct(start_seconds double, end_seconds double)[],
        vector float[]
    )[],
    -- the two that what is taken for one voice might be
    alternative_voices struct(
        speech_seconds double,
        turns struct(start_seconds double, end_seconds double)[],
        exclusive_turns struct(start_seconds double, end_seconds double)[],
        vector float[]
    )[],
    transcription varchar,
    transcription_detail varchar,
    language varchar,
    language_probability double,
    -- `voice` counts from 1
    words struct(text varchar, start_seconds double, end_seconds double, confidence double, voice bigint)[],
    reason varchar,
    detail varchar,
    failures bigint not null,
    check ((voices is null) = (reason is not null)),
    check ((reason is null) = (failures = 0))
);

-- one row: a clip of a source that is segmented, by the models in use, or why there is nothing yet (`is_pending`)
create view segmented_clips as
select
    claims.clip_id, claims.source, claims.entity, claims.path, claims.transcript,
    segmentations.* exclude (clip_id, known_transcript),
    -- what may have passed is tried again
    segmentations.clip_id is null
    or (segmentations.reason in ('timed_out', 'out_of_memory') and segmentations.failures < 3) as is_pending
from claims
join sources using (source)
left join (from segmentations where witness in (select witness from models)) as segmentations
    on segmentations.clip_id = claims.clip_id and segmentations.known_transcript is not distinct from claims.transcript
where list_contains(sources.stages, 'segment');

-- one row: a voice of a clip, with its embedding
create view voices as
select clip_id, voice, heard.speech_seconds, heard.vector
from (select clip_id, unnest(range(1, len(voices) + 1)) as voice, unnest(voices) as heard from segmented_clips);

-- one row: one turn of a voice; turns of two voices may overlap, those that are exclusive do not
create view turns as
with
heard as (
    select clip_id, unnest(range(1, len(voices) + 1)) as voice, unnest(voices) as heard from segmented_clips
)
select clip_id, voice, is_exclusive, turn.start_seconds, turn.end_seconds
from (
    select clip_id, voice, false as is_exclusive, unnest(heard.turns) as turn from heard
    union all
    select clip_id, voice, true, unnest(heard.exclusive_turns) from heard
);

-- one row: a word of a clip, with the voice that says it; times are null where they are not known
create view words as
select clip_id, place, word.*
from (select clip_id, unnest(range(1, len(words) + 1)) as place, unnest(words) as word from segmented_clips);

-- one row: a clip whose voices are known, and what of it its claimed speaker says: the voice, from 1, of `voices` or of
-- the alternative ones, and the stretch that is kept (null: all of it); or why nothing is; derived
create table targets (
    clip_id varchar not null,
    source varchar not null,
    entity varchar not null,
    voice bigint,
    is_alternative boolean not null,
    second_voice double not null,
    likeness double,
    start_seconds double,
    end_seconds double,
    reason varchar,
    detail varchar,
    check ((start_seconds is null) = (end_seconds is null)),
    check (reason is null or start_seconds is null)
);

-- one row: words of a clip's transcript that give an attribute of its speaker away; `is_cut` where the stretch that is
-- kept leaves them out; derived
create table disclosures (
    clip_id varchar not null,
    source varchar not null,
    entity varchar not null,
    attribute varchar not null,
    words varchar not null,
    start_seconds double,
    end_seconds double,
    is_cut boolean not null
);

-- one row: what names or locates a person in the stretch of a clip that is kept
create view personal_disclosures as
from disclosures
where attribute in ('name', 'telephone', 'address') and not is_cut;
