-- Remove what was found of the clips of the entities in the frame `batch`.
delete from targets using batch where targets.source = batch.source and targets.entity = batch.entity;
delete from disclosures using batch where disclosures.source = batch.source and disclosures.entity = batch.entity;
delete from settled_entities using batch
where settled_entities.stage = 'identity' and settled_entities.source = batch.source and settled_entities.entity = batch.entity;
