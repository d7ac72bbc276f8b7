-- Load the facts that could not be read, of one batch of units: the frame `incoming`.
insert into rejections by name
select
    'read' as origin, incoming.*,
    coalesce('speaker:' || facts.speaker, listings.unit, 'path:' || facts.path) as unit
from incoming
left join facts on incoming.kind = 'fact' and facts.fact_id = incoming.subject
left join listings on listings.source = facts.source and listings.path = facts.path
