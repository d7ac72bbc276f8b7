-- One row: a verdict on a class of an attribute; `value` is null where the records leave no class, or several.
select
    attribute,
    value,
    verdict,
    count(*) as count_labels,
    count(distinct source || ' ' || entity) filter (starts_with(entity, 'speaker:')) as count_speakers
from labels
group by attribute, value, verdict
order by attribute, value, verdict
