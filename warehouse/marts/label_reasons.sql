-- One row: a reason for which labels of an attribute are not accepted; a label with several counts for each of them.
select
    attribute,
    verdict,
    reason,
    count(*) as count_labels,
    count(distinct source || ' ' || entity) filter (starts_with(entity, 'speaker:')) as count_speakers
from (select attribute, verdict, source, entity, unnest(reasons) as reason from labels)
group by attribute, verdict, reason
order by attribute, verdict, reason
