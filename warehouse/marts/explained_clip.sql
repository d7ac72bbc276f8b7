-- One row: a clip's measurements, published id and place among copies.
select
    clips.*,
    claims.source,
    claims.entity,
    claims.path,
    claims.is_contradictory,
    publications.published_id
from clips
left join claims using (clip_id)
left join publications on publications.kind = 'clip' and publications.private_id = clips.clip_id
where clips.clip_id = getvariable('clip_id')
