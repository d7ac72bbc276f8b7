-- One row: a unit whose evidence, clips or rules are not those that its labels were made from;
-- `inputs` is null where nothing is left of it.
with
inputs as (
    select source, unit, evidence_id as input from evidence
    union all
    select source, unit, clip_id || coalesce(recorded_on, '') || path || is_contradictory::varchar from claims
),
current as (
    select source, unit, md5(bit_xor(md5_number(input))::varchar || getvariable('rules')) as inputs
    from inputs
    join sources using (source)
    where list_contains(sources.stages, 'consensus')
    group by source, unit
),
settled as (from settled_units where stage = 'consensus')
select
    coalesce(current.source, settled.source) as source,
    coalesce(current.unit, settled.unit) as unit,
    current.inputs,
    case when settled.inputs is null then 'new' when current.inputs is null then 'gone' else 'changed' end as why
from current
full join settled using (source, unit)
where settled.inputs is distinct from current.inputs
order by source, unit
