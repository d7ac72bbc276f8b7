-- One row: what records agree on, on an attribute of a clip of an entity in the frame `batch`: `value`, where it is one
-- class, and how likely that is right; of the next `count` clips after the clip `after`.
with page as (
    select distinct clip_id
    from agreements
    semi join batch using (source, entity)
    where clip_id > getvariable('after')
    order by clip_id
    limit getvariable('count')
)
select agreements.*, recorded.value, weights.confidence, weights.is_contradicted
from agreements
semi join page using (clip_id)
left join recorded using (clip_id, attribute)
left join weights using (clip_id, attribute)
order by agreements.clip_id, agreements.attribute
