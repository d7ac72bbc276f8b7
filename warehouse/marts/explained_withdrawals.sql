-- One row: a fact of an entity that a correction withdraws.
select entity_facts.fact_id, entity_facts.property, corrections.* exclude (fact_id, corrected_id)
from corrections
join entity_facts using (fact_id)
where
    corrections.corrected_id is null
    and entity_facts.source = getvariable('source')
    and entity_facts.entity = getvariable('entity')
order by entity_facts.property, entity_facts.fact_id
