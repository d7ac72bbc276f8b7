-- One row: a label that stands for an entity and an attribute: one that is accepted, and one that is not. Clip ids are
-- digests of sounds, so the first is a random draw; one that was heard for the audit already goes before it. `count_labels`
-- are the entity's labels of the class; by `count_records` records of one class each, `count_values` classes are named,
-- null where all of those records are of properties in `one_sided`, which can name no other class.
with
eligible as (
    select
        labels.clip_id, labels.source, labels.entity, labels.attribute, labels.value, labels.verdict = 'accepted' as is_accepted
    from labels
    semi join clips_to_ask using (clip_id)
),
heard as (
    select distinct clip_id, attribute, clip_id as heard_id from answers where kind = 'hearing'
),
drawn as (
    select
        source, entity, attribute, is_accepted, coalesce(min(heard_id), min(clip_id)) as clip_id
    from eligible
    left join heard using (clip_id, attribute)
    group by source, entity, attribute, is_accepted
),
counted as (
    select source, entity, attribute, value, count(*) as count_labels
    from eligible
    where is_accepted
    group by source, entity, attribute, value
),
standing as (
    select labels.*, drawn.is_accepted
    from labels
    join drawn using (clip_id, attribute)
),
stated as (
    select
        standing.clip_id, standing.attribute,
        count(distinct concat_ws(' ', evidence.source, evidence.witness)) as count_records,
        count(distinct evidence."values"[1]) as count_values
    from (select clip_id, attribute, unnest(evidence_ids) as evidence_id from standing) as standing
    join evidence using (evidence_id)
    where starts_with(evidence.witness, 'record/') and len(evidence."values") = 1
    group by standing.clip_id, standing.attribute
    having not bool_and(list_contains(getvariable('one_sided'), regexp_extract(evidence.witness, '^record/(.*)@', 1)))
)
select
    standing.source, standing.entity, standing.attribute, standing.clip_id, standing.value, standing.confidence,
    standing.fact_ids, standing.is_accepted, counted.count_labels, stated.count_records, stated.count_values
from standing
left join counted using (source, entity, attribute, value)
left join stated using (clip_id, attribute)
order by standing.source, standing.entity, standing.attribute, standing.is_accepted
