-- One row: a clip whose voices are not profiled by what is in use, or not as they are now heard; with when they speak, null
-- where all of it is one voice.
with
pending as (
    select clip_id, source, entity, path, transcript, heard_by, reason
    from profiled_clips
    where is_pending or (getvariable('rehash') and reason is not null)
),
heard as (
    select
        pending.clip_id,
        [{'turns': one.turns, 'exclusive_turns': one.exclusive_turns} for one in voices] as voices,
        [{'turns': one.turns, 'exclusive_turns': one.exclusive_turns} for one in alternative_voices] as alternative_voices
    from segmentations
    join pending
        on pending.clip_id = segmentations.clip_id
        and pending.heard_by = segmentations.witness
        and pending.transcript is not distinct from segmentations.known_transcript
)
select
    pending.clip_id, pending.source, pending.entity, pending.path, pending.heard_by, clips.seconds, heard.voices,
    heard.alternative_voices,
    case
        when pending.reason is not null then 'failed before'
        when former.clip_id is null then 'new'
        when former.is_known then 'heard otherwise'
        else 'models changed'
    end as why
from pending
join clips using (clip_id)
left join heard using (clip_id)
left join (
    select clip_id, bool_or(witness in (select witness from witnesses where stage = 'profile')) as is_known
    from profiles
    group by clip_id
) as former using (clip_id)
order by pending.source, pending.path
