-- One row: an entity with clips whose evidence, files or rules are not those that its agreements were made from;
-- `inputs` is null where it has no clips any more, or its source leaves the stage out.
with
-- copies of a clip may lie in other entities, and what is recorded there counts here too
witnesses as (
    select distinct claims.source, claims.entity, copies.source as witness_source, copies.entity as witness
    from claims
    join copies using (clip_id)
),
inputs as (
    select witnesses.source, witnesses.entity, evidence.evidence_id as input
    from witnesses
    join evidence on evidence.source = witnesses.witness_source and evidence.entity = witnesses.witness
    union all
    select
        claims.source, claims.entity,
        concat_ws(
            ' ', claims.clip_id, copies.source, copies.path, coalesce(copies.speaker, '-'),
            coalesce(copies.recorded_on, '-'), claims.is_contradictory::varchar
        )
    from claims
    join copies using (clip_id)
),
current as (
    select
        source, entity, count(*) as weight,
        md5(bit_xor(md5_number(input))::varchar || getvariable('rules')) as inputs
    from inputs
    join sources using (source)
    where list_contains(sources.stages, 'consensus')
    group by source, entity
),
settled as (from settled_entities where stage = 'agreement')
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
