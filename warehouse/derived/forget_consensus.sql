-- Remove what `consensus` made of the units in the frame `batch`.
delete from labels using batch where labels.source = batch.source and labels.unit = batch.unit;
delete from settled_units using batch
where settled_units.stage = 'consensus' and settled_units.source = batch.source and settled_units.unit = batch.unit;
