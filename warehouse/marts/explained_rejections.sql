-- One row: a rejection of a file of `subjects`, of its clip, or of a fact of its unit (null: of none), on one
-- attribute if one is asked for.
with own_facts as (
    select facts.fact_id
    from facts
    left join listings on listings.source = facts.source and listings.path = facts.path
    where
        facts.source = getvariable('source')
        and coalesce('speaker:' || facts.speaker, listings.unit, 'path:' || facts.path) = getvariable('unit')
)
select stage, kind, subject, attribute, reason, detail
from rejections
where
    source = getvariable('source')
    and (
        (kind = 'file' and subject in (select path from subjects where subjects.source = rejections.source))
        or (kind <> 'file' and unit = getvariable('unit'))
        or (kind = 'fact' and unit is null and subject in (from own_facts))
        or subject = getvariable('clip_id')
    )
    and (getvariable('attribute') is null or attribute is null or attribute = getvariable('attribute'))
order by kind <> 'file', stage, kind, attribute, reason, subject
