-- One row: a fact that votes, of the entities in the frame `batch`; of none without `inputs`, whose facts went or
-- whose source leaves the stage out.
select entity_facts.* exclude (entity)
from entity_facts
semi join sightings using (fact_id)
anti join corrections using (fact_id)
semi join (from batch where inputs is not null) as batch using (source, entity)
order by fact_id
