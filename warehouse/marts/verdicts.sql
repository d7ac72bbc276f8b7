-- One row: a verdict on an attribute and its first reason.
select
    attribute,
    verdict,
    reasons[1] as reason,
    count(*) as count_labels,
    count(distinct source || ' ' || entity) filter (starts_with(entity, 'speaker:')) as count_speakers
from labels
group by all
order by attribute, verdict, reason
