-- Have clips compared again that another version of the code compared; and those that are away, which meet no new
-- clip meanwhile.
create or replace temp table uncompared as
select clip_id
from fingerprints
where compared_by <> getvariable('version') or (compared_by is not null and clip_id not in (select clip_id from candidates));

update fingerprints set compared_by = null where clip_id in (from uncompared);
delete from copy_pairs where clip_id in (from uncompared) or other_id in (from uncompared);
