-- One row: a fact that a correction may mean: its id begins with one of `starts`, and a record still states it,
-- so that an old home, which keeps facts as history, finds what a new one does.
select *
from facts
semi join sightings using (fact_id)
where
    list_contains(getvariable('starts'), left(fact_id, len(getvariable('starts')[1])))
    and fact_id not in (select corrected_id from corrections where corrected_id is not null)
order by fact_id
