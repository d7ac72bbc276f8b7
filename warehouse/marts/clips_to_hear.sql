-- One row: a clip to play for a row of the frame `wanted` (number, source, entity, clip_id, other_than): that with the
-- `clip_id`, or else the clip most like the entity's others, but not `other_than`. It is played from where its speaker
-- speaks longest without others, for two to five seconds.
with
spoken as (
    select targets.clip_id, max_by(turns.start_seconds, length_seconds) as start_seconds, max(length_seconds) as length_seconds
    from targets
    join (select *, end_seconds - start_seconds as length_seconds from turns where is_exclusive) as turns
        on turns.clip_id = targets.clip_id and turns.voice = targets.voice
    where not targets.is_alternative
    group by targets.clip_id
),
chosen as (
    select
        wanted.number, claims.clip_id, claims.source, claims.path, clips.seconds,
        coalesce(spoken.start_seconds, targets.start_seconds, 0) as start_seconds,
        coalesce(spoken.length_seconds, clips.seconds) as length_seconds
    from wanted
    join claims on claims.source = wanted.source and claims.entity = wanted.entity
    join clips on clips.clip_id = claims.clip_id
    left join targets on targets.clip_id = claims.clip_id
    left join spoken on spoken.clip_id = claims.clip_id
    where
        claims.clip_id = coalesce(wanted.clip_id, claims.clip_id)
        and claims.clip_id is distinct from wanted.other_than
    qualify row_number() over (partition by wanted.number order by targets.likeness desc nulls last, claims.clip_id) = 1
)
select
    number, clip_id, source, path, start_seconds,
    least(seconds, start_seconds + greatest(2, least(5, length_seconds)))::double as end_seconds
from chosen
order by number
