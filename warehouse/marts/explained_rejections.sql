-- One row: a rejection of a file of `subjects`, of its clip, or of a fact of its unit, on one attribute if one
-- is asked for.
select stage, kind, subject, attribute, reason, detail
from rejections
where
    source = getvariable('source')
    and (
        (kind = 'file' and subject in (select path from subjects where subjects.source = rejections.source))
        or (kind <> 'file' and unit = getvariable('unit'))
        or subject = getvariable('clip_id')
    )
    and (getvariable('attribute') is null or attribute is null or attribute = getvariable('attribute'))
order by stage, kind, attribute, reason, subject
