-- One row: a statement of evidence on a file of a clip of an entity in the frame `batch`.
select *
from evidence
semi join (
    select copies.source, copies.entity
    from copies
    join claims using (clip_id)
    semi join batch on batch.source = claims.source and batch.entity = claims.entity
) as witnesses using (source, entity)
order by evidence_id
