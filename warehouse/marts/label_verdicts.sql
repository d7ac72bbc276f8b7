-- One row: a verdict on an attribute.
select
    attribute,
    verdict,
    count(*) as count_labels,
    count(distinct source || ' ' || entity) filter (starts_with(entity, 'speaker:')) as count_speakers
from labels
group by attribute, verdict
order by attribute, verdict
