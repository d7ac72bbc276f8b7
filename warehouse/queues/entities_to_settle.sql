-- One row: an entity whose evidence, clips or rules are not those that its labels were made from;
-- `inputs` is null where nothing is left of it.
with
inputs as (
    select source, entity, evidence_id as input from evidence
    union all
    select source, entity, clip_id || coalesce(recorded_on, '') || path || is_contradictory::varchar from claims
),
current as (
    select
        source, entity, count(*) as count_rows,
        md5(bit_xor(md5_number(input))::varchar || getvariable('rules')) as inputs
    from inputs
    join sources using (source)
    where list_contains(sources.stages, 'consensus')
    group by source, entity
),
settled as (from settled_entities where stage = 'consensus')
select
    coalesce(current.source, settled.source) as source,
    coalesce(current.entity, settled.entity) as entity,
    current.inputs,
    coalesce(current.count_rows, 1) as count_rows,
    case when settled.inputs is null then 'new' when current.inputs is null then 'gone' else 'changed' end as why
from current
full join settled using (source, entity)
where settled.inputs is distinct from current.inputs
order by source, entity
