-- Load the evidence of one batch of entities, the frame `incoming`.
insert into evidence by name
select incoming.*, entity_of(incoming.speaker, listings.entity, incoming.path) as entity
from incoming
left join listings on listings.source = incoming.source and listings.path = incoming.path
