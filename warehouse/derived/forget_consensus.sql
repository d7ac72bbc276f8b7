-- Remove what `consensus` made of the entities in the frame `batch`.
delete from labels using batch where labels.source = batch.source and labels.entity = batch.entity;
delete from settled_entities using batch
where settled_entities.stage = 'consensus' and settled_entities.source = batch.source and settled_entities.entity = batch.entity;
