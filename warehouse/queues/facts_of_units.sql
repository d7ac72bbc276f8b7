-- One row: a fact that votes, of the units in the frame `batch`.
select facts.*, batch.unit as unit_key
from facts
semi join sightings using (fact_id)
anti join corrections using (fact_id)
left join listings on listings.source = facts.source and listings.path = facts.path
join batch
    on batch.source = facts.source
    and batch.unit = coalesce('speaker:' || facts.speaker, listings.unit, 'path:' || facts.path)
order by facts.fact_id
