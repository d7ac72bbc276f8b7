-- One row: a file of a clip of an entity in the frame `batch`; of the next `count` clips after the clip `after`.
-- An entity without `inputs` has no clips any more, or its source leaves the stage out.
with page as (
    select clip_id, is_contradictory
    from claims
    semi join (from batch where inputs is not null) as batch using (source, entity)
    where clip_id > getvariable('after')
    order by clip_id
    limit getvariable('count')
)
select copies.*, page.is_contradictory
from copies
join page using (clip_id)
order by copies.clip_id, copies.source, copies.path
