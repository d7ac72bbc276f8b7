-- One row: an entity whose facts, dates or reading rules are not those that its evidence was made from;
-- `inputs` is null where it has no facts any more, or its source leaves the stage out.
-- Exclusive or over the digests makes the order of rows irrelevant and needs no memory.
with
recorded as (
    select source, entity, fact_id as input
    from entity_facts
    semi join (from sources where list_contains(stages, 'ground')) as grounded using (source)
    semi join sightings using (fact_id)
    anti join corrections using (fact_id)
),
appearances as (
    -- what queues/appearances_of_entities.sql returns: dates of speakers, and of the files that facts are about
    select distinct
        source, entity,
        concat_ws(' ', 'recorded', coalesce(recorded_on, '-'), coalesce(speaker, '-'), described.path) as input
    from listings
    left join (select distinct source, path from facts where path is not null) as described using (source, path)
),
current as (
    select
        source, entity, count(*) as weight,
        md5(bit_xor(md5_number(input))::varchar || getvariable('rules')) as inputs
    from (from recorded union all by name from appearances)
    group by source, entity
),
settled as (from settled_entities where stage = 'ground')
select
    coalesce(current.source, settled.source) as source,
    coalesce(current.entity, settled.entity) as entity,
    current.inputs,
    coalesce(current.weight, 1) as weight,
    case when settled.inputs is null then 'new' when current.inputs is null then 'gone' else 'changed' end as why
from (from current semi join recorded using (source, entity)) as current
full join settled using (source, entity)
where settled.inputs is distinct from current.inputs
order by source, entity
