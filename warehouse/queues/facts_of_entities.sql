-- One row: a fact that votes, of the entities in the frame `batch`.
select entity_facts.* exclude (entity)
from entity_facts
semi join sightings using (fact_id)
anti join corrections using (fact_id)
semi join batch using (source, entity)
order by fact_id
