-- Load parts of profiled clips: `files`, those that are to win last. Loading one twice changes nothing but the count of
-- failures.
create or replace temp table incoming_profiles as
select * exclude (filename, file_row_number), row_number() over (order by list_position(getvariable('files'), filename), file_row_number) as place
from read_parquet(getvariable('files'), filename = true, file_row_number = true);

create or replace temp table failed_before as
select clip_id, witness, heard_by, failures
from profiles
semi join incoming_profiles using (clip_id, witness);

delete from profiles using incoming_profiles as incoming
where
    profiles.clip_id = incoming.clip_id
    and profiles.witness = incoming.witness
    and profiles.heard_by is not distinct from incoming.heard_by;

insert into profiles by name
select distinct on (incoming.clip_id, incoming.witness, incoming.heard_by)
    incoming.* exclude (place),
    case when incoming.reason is null then 0 else 1 + coalesce(failed_before.failures, 0) end as failures
from incoming_profiles as incoming
left join failed_before
    on failed_before.clip_id = incoming.clip_id
    and failed_before.witness = incoming.witness
    and failed_before.heard_by is not distinct from incoming.heard_by
order by incoming.clip_id, incoming.witness, incoming.heard_by, incoming.place desc;

drop table incoming_profiles;
