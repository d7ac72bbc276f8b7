-- What the voices are like that were heard.

-- one row: a stage, and what decides what it says of a clip beside the clip. The latest run's
create table witnesses (
    stage varchar not null,
    witness varchar not null
);

-- one row: what the voices of a clip are like, given what models heard in it (null: all of it is one voice); or why it is
-- not known
create table profiles (
    clip_id varchar not null,
    witness varchar not null,
    heard_by varchar,
    -- `voice` counts from 1
    voices struct(
        voice bigint,
        is_alternative boolean,
        pitch_hz double,
        pitch_spread double,
        voiced_share double,
        speaking_rate double,
        level_dbfs double,
        snr_db double
    )[],
    judgements struct(
        voice bigint,
        is_alternative boolean,
        classifier varchar,
        attribute varchar,
        "value" varchar,
        probability double
    )[],
    reason varchar,
    detail varchar,
    failures bigint not null,
    check ((voices is null) = (reason is not null)),
    check ((reason is null) = (failures = 0))
);

-- one row: a clip whose voices are to be profiled: one that is heard in it, or it is of a source that is not segmented;
-- with its profile by what is in use, or why there is none yet (`is_pending`)
create view profiled_clips as
select
    voiced.*,
    profiles.* exclude (clip_id, heard_by),
    -- what may have passed is tried again
    profiles.clip_id is null
    or (profiles.reason in ('timed_out', 'out_of_memory') and profiles.failures < 3) as is_pending
from (
    select
        claims.clip_id, claims.source, claims.entity, claims.path, claims.transcript, segmented_clips.witness as heard_by
    from claims
    join sources using (source)
    left join segmented_clips using (clip_id)
    where
        list_contains(sources.stages, 'profile')
        and (not list_contains(sources.stages, 'segment') or segmented_clips.speech_seconds > 0)
) as voiced
left join (from profiles where witness in (select witness from witnesses where stage = 'profile')) as profiles
    on profiles.clip_id = voiced.clip_id and profiles.heard_by is not distinct from voiced.heard_by;

-- one row: a clip in use whose target is known, or whose source is not segmented, with all that is known of the target's
-- voice; where it is not segmented, all of it is one voice, which has no vector
create view target_profiles as
with
placed as (
    -- which voice of a clip is the target's
    select
        claims.clip_id, claims.source, claims.entity, claims.transcript,
        list_contains(sources.stages, 'segment') as is_segmented,
        coalesce(targets.voice, 1) as voice,
        coalesce(targets.is_alternative, false) as is_alternative,
        targets.second_voice,
        targets.likeness
    from claims
    join sources using (source)
    left join targets using (clip_id)
    where not is_segmented or (targets.voice is not null and targets.reason is distinct from 'target_unknown')
),
profiled as (
    select
        placed.*,
        clips.seconds,
        list_filter(profiled_clips.voices, lambda one: one.voice = placed.voice and one.is_alternative = placed.is_alternative)[1] as profile,
        [
            {'classifier': one.classifier, 'attribute': one.attribute, 'value': one.value, 'probability': one.probability}
            for one in profiled_clips.judgements
            if one.voice = placed.voice and one.is_alternative = placed.is_alternative
        ] as judgements
    from placed
    join clips using (clip_id)
    left join profiled_clips using (clip_id)
),
-- vectors come last: carried through joins they would fill the memory
heard as (
    select
        profiled.*,
        case
            when profiled.is_alternative then segmentations.alternative_voices[profiled.voice]
            else segmentations.voices[profiled.voice]
        end as target
    from segmentations
    join profiled
        on profiled.clip_id = segmentations.clip_id
        and profiled.transcript is not distinct from segmentations.known_transcript
    where profiled.is_segmented and segmentations.witness in (select witness from models)
    union all by name
    from profiled
    where not is_segmented
)
select
    clip_id, source, entity,
    target.vector,
    coalesce(target.speech_seconds, seconds) as speech_seconds,
    profile.pitch_hz,
    profile.pitch_spread,
    profile.voiced_share,
    profile.speaking_rate,
    judgements,
    second_voice,
    likeness
from heard;
