-- One row: a class of an attribute in the release to be.
select
    labels.attribute,
    labels.value,
    published_clips.split,
    count(*) as count_clips,
    count(distinct published_clips.speaker_id) as count_speakers,
    sum(published_clips.seconds) / 3600 as hours
from published_clips
join labels on labels.clip_id = published_clips.private_id and labels.verdict = 'accepted'
group by all
order by labels.attribute, labels.value, published_clips.split
