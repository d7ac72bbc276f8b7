-- One row: labels of a verdict on an attribute whose confidence lies from `low` up to, not including, the next low;
-- `expected_wrong` is how many of them are wrong if confidence means what it says.
select
    attribute,
    verdict,
    case
        when confidence >= 0.99 then 0.99
        when confidence >= 0.95 then 0.95
        when confidence >= 0.9 then 0.9
        when confidence >= 0.75 then 0.75
        when confidence >= 0.5 then 0.5
        else 0
    end::double as low,
    count(*) as count_labels,
    count(distinct source || ' ' || entity) filter (starts_with(entity, 'speaker:')) as count_speakers,
    sum(1 - confidence) as expected_wrong
from labels
where confidence is not null
group by attribute, verdict, low
order by attribute, verdict, low
