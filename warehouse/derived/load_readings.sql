-- Load the facts as read of one batch of entities, the frame `incoming`.
insert into readings by name
select
    incoming.fact_id, incoming.source, incoming.reading, incoming.rule,
    entity_of(incoming.speaker, listings.entity, incoming.path) as entity
from incoming
left join listings on listings.source = incoming.source and listings.path = incoming.path
