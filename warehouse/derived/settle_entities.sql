-- Note what a stage made its rows from, for the entities in the frame `batch` that still have something.
insert into settled_entities by name
select getvariable('stage') as stage, source, entity, inputs
from batch
where inputs is not null
