-- One row: a recorded fact that a correction may mean: its id begins with one of `starts`.
select *
from facts
where
    list_contains(getvariable('starts'), left(fact_id, len(getvariable('starts')[1])))
    and fact_id not in (select corrected_id from corrections where corrected_id is not null)
order by fact_id
