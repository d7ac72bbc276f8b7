-- Load the evidence of one batch of units, the frame `incoming`.
insert into evidence by name
select incoming.*, coalesce('speaker:' || incoming.speaker, listings.unit, 'path:' || incoming.path) as unit
from incoming
left join listings on listings.source = incoming.source and listings.path = incoming.path
