-- One row: a recorded fact on which published evidence rests, as far as it does not identify: the
-- value as read, not as recorded, and only of properties that may be published.
with
cited as (
    select distinct unnest(labels.fact_ids) as fact_id
    from labels
    join published_clips on published_clips.private_id = labels.clip_id
    where labels.verdict = 'accepted'
)
select
    own.published_id as fact_id,
    speaker.published_id as speaker_id,
    facts.source,
    facts.property,
    case when list_contains(getvariable('published_properties'), facts.property) then readings.reading end as value,
    readings.rule,
    sources.licence,
    sources.kind as source_kind
from cited
join facts using (fact_id)
join sources using (source)
join readings using (fact_id)
join publications as own on own.kind = 'fact' and own.private_id = cited.fact_id
left join publications as speaker on speaker.kind = 'speaker' and speaker.private_id = facts.source || ' ' || facts.speaker
order by own.published_id
