-- Load the facts that could not be read, of one batch of entities: the frame `incoming`.
insert into rejections by name
select 'read' as origin, incoming.*, entity_facts.entity
from incoming
left join entity_facts on incoming.kind = 'fact' and entity_facts.fact_id = incoming.subject
