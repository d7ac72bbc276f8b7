-- One row: an entity whose agreements, or what speaks for or against them, are not those that its labels were made from;
-- `inputs` is null where nothing is agreed on any more.
with
inputs as (
    select source, entity, concat_ws(' ', clip_id, attribute, "values"::varchar, evidence_ids::varchar, is_contradictory) as input
    from agreements
    union all
    select source, entity, concat_ws(' ', 'weighs', clip_id, attribute, confidence, is_contradicted)
    from weights
    union all
    select source, entity, concat_ws(' ', 'doubts', clip_id, attribute, reason)
    from doubts
    union all
    select source, entity, concat_ws(' ', 'answers', answer_id)
    from answers_in_force
),
current as (
    select
        source, entity, count(*) as weight,
        md5(bit_xor(md5_number(input))::varchar || getvariable('rules')) as inputs
    from inputs
    semi join (select distinct source, entity from agreements) as agreed using (source, entity)
    group by source, entity
),
settled as (from settled_entities where stage = 'consensus')
select
    coalesce(current.source, settled.source) as source,
    coalesce(current.entity, settled.entity) as entity,
    current.inputs,
    coalesce(current.weight, 1) as weight,
    case when settled.inputs is null then 'new' when current.inputs is null then 'gone' else 'changed' end as why
from current
full join settled using (source, entity)
where settled.inputs is distinct from current.inputs
order by source, entity
