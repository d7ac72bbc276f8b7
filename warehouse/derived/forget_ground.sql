-- Remove what `ground` made of the entities in the frame `batch`.
delete from evidence using batch where evidence.source = batch.source and evidence.entity = batch.entity;
delete from readings using batch where readings.source = batch.source and readings.entity = batch.entity;
delete from rejections using batch
where rejections.origin = 'read' and rejections.source = batch.source and rejections.entity = batch.entity;
delete from settled_entities using batch
where settled_entities.stage = 'ground' and settled_entities.source = batch.source and settled_entities.entity = batch.entity;
