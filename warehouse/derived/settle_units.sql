-- Note what a stage made its rows from, for the units in the frame `batch` that still have something.
insert into settled_units by name
select getvariable('stage') as stage, source, unit, inputs
from batch
where inputs is not null
