-- Replace what the latest scan says of one source: the frames `scanned_source` (one row),
-- `scanned_files`, `scanned_facts`, `scanned_sightings`, `scanned_rejections`, `scanned_records`.
delete from sources using scanned_source where sources.source = scanned_source.source;
insert into sources by name from scanned_source;

delete from listings using scanned_source where listings.source = scanned_source.source;
insert into listings by name
select *, entity_of(speaker, null, path) as entity from scanned_files;

insert into facts by name
from scanned_facts
where fact_id not in (select fact_id from facts);

delete from sightings using scanned_source where sightings.source = scanned_source.source;
insert into sightings by name from scanned_sightings;

delete from record_files using scanned_source where record_files.source = scanned_source.source;
insert into record_files by name from scanned_records;

delete from rejections using scanned_source
where rejections.source = scanned_source.source and rejections.origin = 'scan';
insert into rejections by name
select 'scan' as origin, * from scanned_rejections;
