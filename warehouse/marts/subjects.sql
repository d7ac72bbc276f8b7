-- One row: a file that `id` stands for, as a path or its end, a clip id or its start, or a published id
-- or its start; listed or rejected before it was.
with
named as (
    select listings.source, listings.path, listings.entity, decodings.clip_id
    from listings
    left join files using (source, path)
    left join decodings
        on decodings.sha256 = files.sha256 and decodings.witness = getvariable('witness')
    union
    select source, subject, entity, null
    from rejections
    where kind = 'file' and origin = 'scan'
),
published as (
    select private_id
    from publications
    where kind = 'clip' and len(getvariable('id')) >= 6 and starts_with(published_id, getvariable('id'))
)
select source, path, entity, max(clip_id) as clip_id
from named
where
    path = getvariable('id')
    or source || ':' || path = getvariable('id')
    or ends_with(path, '/' || getvariable('id'))
    or (len(getvariable('id')) >= 6 and starts_with(clip_id, getvariable('id')))
    or clip_id in (from published)
group by source, path, entity
order by source, path
