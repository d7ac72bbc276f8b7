-- Load the facts as read of one batch of units, the frame `incoming`.
insert into readings by name
select
    incoming.fact_id, incoming.source, incoming.reading, incoming.rule,
    coalesce('speaker:' || incoming.speaker, listings.unit, 'path:' || incoming.path) as unit
from incoming
left join listings on listings.source = incoming.source and listings.path = incoming.path
