-- One row: a rejection of a file, of its clip, or of a fact of its unit.
select stage, kind, subject, attribute, reason, detail
from rejections
where
    source = getvariable('source')
    and (
        (kind = 'file' and subject = getvariable('path'))
        or (kind <> 'file' and unit = getvariable('unit'))
        or subject = getvariable('clip_id')
    )
order by stage, kind, attribute, reason, subject
