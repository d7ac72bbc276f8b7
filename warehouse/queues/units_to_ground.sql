-- One row: a unit whose facts, dates or reading rules are not those that its evidence was made from;
-- `inputs` is null where it has no facts any more.
-- Exclusive or over the digests makes the order of rows irrelevant and needs no memory.
with
fact_units as (
    select
        facts.source,
        coalesce('speaker:' || facts.speaker, listings.unit, 'path:' || facts.path) as unit,
        facts.fact_id as input
    from facts
    semi join (from sources where list_contains(stages, 'ground')) as grounded using (source)
    semi join sightings using (fact_id)
    anti join corrections using (fact_id)
    left join listings on listings.source = facts.source and listings.path = facts.path
),
appearances as (
    -- what queues/appearances_of_units.sql returns: dates of speakers, and of the files that facts are about
    select distinct
        source, unit,
        concat_ws(' ', 'recorded', coalesce(recorded_on, '-'), coalesce(speaker, '-'), described.path) as input
    from listings
    left join (select distinct source, path from facts where path is not null) as described using (source, path)
),
current as (
    select source, unit, md5(bit_xor(md5_number(input))::varchar || getvariable('rules')) as inputs
    from (from fact_units union all by name from appearances)
    group by source, unit
),
settled as (from settled_units where stage = 'ground')
select
    coalesce(current.source, settled.source) as source,
    coalesce(current.unit, settled.unit) as unit,
    current.inputs,
    case when settled.inputs is null then 'new' when current.inputs is null then 'gone' else 'changed' end as why
from (from current semi join fact_units using (source, unit)) as current
full join settled using (source, unit)
where settled.inputs is distinct from current.inputs
order by source, unit
