-- One row: a verdict on an attribute and its first reason; `no record` for the clips on which no record bears. The
-- rows of each of the `attributes` add up to the clips.
with
concluded as (
    select
        attribute,
        verdict,
        reasons[1] as reason,
        count(*) as count_labels,
        count(distinct source || ' ' || entity) filter (starts_with(entity, 'speaker:')) as count_speakers
    from labels
    group by attribute, verdict, reason
),
unrecorded as (
    select
        attribute,
        'no record' as verdict,
        null as reason,
        count(*) as count_labels,
        count(distinct source || ' ' || entity) filter (starts_with(entity, 'speaker:')) as count_speakers
    from (select clip_id, source, entity, unnest(getvariable('attributes')) as attribute from claims) as expected
    anti join labels using (clip_id, attribute)
    group by attribute
)
from concluded
union all
from unrecorded
order by attribute, verdict, reason
