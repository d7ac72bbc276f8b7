-- Remove what the records on the clips of the entities in the frame `batch` agreed on.
delete from agreements using batch where agreements.source = batch.source and agreements.entity = batch.entity;
delete from settled_entities using batch
where settled_entities.stage = 'agreement' and settled_entities.source = batch.source and settled_entities.entity = batch.entity;
