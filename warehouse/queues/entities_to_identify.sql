-- One row: an entity whose clips, what was heard in them, their transcripts or the bounds of their cuts are not those
-- that its targets were found from; `inputs` is null where it has none of them any more. `pending` clips wait for models.
with
heard as (
    select
        claims.source, claims.entity,
        concat_ws(
            ' ', claims.clip_id, md5(coalesce(claims.transcript, '-')), coalesce(segmented_clips.witness, '-'),
            coalesce(segmented_clips.reason, '-'),
            coalesce(sources.shortest_cut, getvariable('shortest_cut')), coalesce(sources.longest_cut, getvariable('longest_cut'))
        ) as input
    from claims
    join sources using (source)
    left join segmented_clips using (clip_id)
    where segmented_clips.clip_id is not null or claims.transcript is not null
),
current as (
    select
        source, entity, count(*) as weight,
        md5(bit_xor(md5_number(input))::varchar || getvariable('rules')) as inputs
    from heard
    group by source, entity
),
settled as (from settled_entities where stage = 'identity')
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
