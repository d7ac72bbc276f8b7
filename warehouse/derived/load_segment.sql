-- Load parts of segmented clips: `files`, those that are to win last. Loading one twice changes nothing but the count of
-- failures.
create or replace temp table incoming_segmentations as
select * exclude (filename, file_row_number), row_number() over (order by list_position(getvariable('files'), filename), file_row_number) as place
from read_parquet(getvariable('files'), filename = true, file_row_number = true);

create or replace temp table failed_before as
select clip_id, witness, known_transcript, failures
from segmentations
semi join incoming_segmentations using (clip_id, witness);

delete from segmentations using incoming_segmentations as incoming
where
    segmentations.clip_id = incoming.clip_id
    and segmentations.witness = incoming.witness
    and segmentations.known_transcript is not distinct from incoming.known_transcript;

insert into segmentations by name
select distinct on (incoming.clip_id, incoming.witness, incoming.known_transcript)
    incoming.* exclude (place),
    case when incoming.reason is null then 0 else 1 + coalesce(failed_before.failures, 0) end as failures
from incoming_segmentations as incoming
left join failed_before
    on failed_before.clip_id = incoming.clip_id
    and failed_before.witness = incoming.witness
    and failed_before.known_transcript is not distinct from incoming.known_transcript
order by incoming.clip_id, incoming.witness, incoming.known_transcript, incoming.place desc;

drop table incoming_segmentations;
