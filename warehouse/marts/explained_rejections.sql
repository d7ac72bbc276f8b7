-- One row: a rejection of a file of `subjects`, of its clip, or of a fact of its entity (null: of none), on one
-- attribute if one is asked for.
with own_facts as (
    select fact_id from entity_facts where source = getvariable('source') and entity = getvariable('entity')
)
select stage, kind, subject, attribute, reason, detail
from rejections
where
    source = getvariable('source')
    and (
        (kind = 'file' and subject in (select path from subjects where subjects.source = rejections.source))
        or (kind <> 'file' and entity = getvariable('entity'))
        or (kind = 'fact' and entity is null and subject in (from own_facts))
        or subject = getvariable('clip_id')
    )
    and (getvariable('attribute') is null or attribute is null or attribute = getvariable('attribute'))
order by kind <> 'file', stage, kind, attribute, reason, subject
