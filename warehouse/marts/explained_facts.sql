-- One row: a place where one of some facts, or a fact that one of them corrects, stands; with the fact as
-- recorded and as read, and its correction.
with
cited as (
    select unnest(getvariable('fact_ids')::varchar[]) as fact_id
),
own as (
    from facts
    where fact_id in (from cited union all select fact_id from corrections where corrected_id in (from cited))
)
select
    own.fact_id,
    own.property,
    own.value,
    own.unit,
    own.valid_on,
    readings.reading,
    readings.rule,
    sightings.record_file,
    sightings.locator,
    record_files.sha256 as record_sha256,
    -- the fact as recorded, where this one is a correction of it
    case when corrections.fact_id is not null then {
        fact_id: original.fact_id,
        value: original.value,
        author: corrections.author,
        corrected_on: corrections.corrected_on,
        reason: corrections.reason,
        reference: corrections.reference
    } end as original
from own
left join sightings using (fact_id)
left join record_files on record_files.source = own.source and record_files.record_file = sightings.record_file
left join readings using (fact_id)
left join corrections on corrections.corrected_id = own.fact_id
left join facts as original on original.fact_id = corrections.fact_id
order by own.property, own.fact_id, sightings.record_file, sightings.locator
