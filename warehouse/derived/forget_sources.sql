-- Remove what was scanned of the sources that are configured no more: not in `configured`.
create or replace temp table gone as
select source from sources where not list_contains(getvariable('configured'), source);
delete from listings where source in (from gone);
delete from files where source in (from gone);
delete from sightings where source in (from gone);
delete from record_files where source in (from gone);
delete from rejections where source in (from gone) and origin = 'scan';
delete from sources where source in (from gone);
