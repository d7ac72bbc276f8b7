-- Note that the clips of one page have been compared with all before them.
update fingerprints set compared_by = getvariable('version')
where clip_id in (select clip_id from pages where page = getvariable('page'))
