-- One row: a fact of a unit that a correction withdraws.
select facts.fact_id, facts.property, corrections.* exclude (fact_id, corrected_id)
from corrections
join facts using (fact_id)
left join listings on listings.source = facts.source and listings.path = facts.path
where
    corrections.corrected_id is null
    and facts.source = getvariable('source')
    and coalesce('speaker:' || facts.speaker, listings.unit, 'path:' || facts.path) = getvariable('unit')
order by facts.property, facts.fact_id
