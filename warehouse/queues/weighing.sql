-- One row: the digest of what voices and records are weighed by, and whether it is another than they were weighed by.
with
inputs as (
    select concat_ws(' ', clip_id, attribute, value) as input from recorded
    union all
    select concat_ws(' ', 'sounds', clip_id, heard_by, witness, reason) from profiled_clips
    union all
    select concat_ws(' ', 'holds', clip_id, voice, is_alternative, reason) from targets
),
current as (
    select md5(coalesce(bit_xor(md5_number(input)), 0)::varchar || getvariable('rules')) as inputs from inputs
)
select inputs, inputs not in (select inputs from weighings) as is_due
from current
