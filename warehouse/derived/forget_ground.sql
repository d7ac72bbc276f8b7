-- Remove what `ground` made of the units in the frame `batch`.
delete from evidence using batch where evidence.source = batch.source and evidence.unit = batch.unit;
delete from readings using batch where readings.source = batch.source and readings.unit = batch.unit;
delete from rejections using batch
where rejections.origin = 'read' and rejections.source = batch.source and rejections.unit = batch.unit;
delete from settled_units using batch
where settled_units.stage = 'ground' and settled_units.source = batch.source and settled_units.unit = batch.unit;
