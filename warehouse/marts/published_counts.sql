-- One row: what the release to be holds in all.
select
    count(*) as clips,
    count(distinct speaker_id) as speakers,
    coalesce(sum(seconds), 0) / 3600 as hours,
    (
        select count(*)
        from labels
        join published_clips on published_clips.private_id = labels.clip_id
        where verdict = 'accepted'
    ) as labels
from published_clips
