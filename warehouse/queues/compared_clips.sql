-- One row: a clip that new ones are compared with; fewer than `count` where their fingerprints take more
-- memory than those of some thousand sentences.
select clip_id, fingerprint
from (
    select clip_id, fingerprint
    from fingerprints
    semi join candidates using (clip_id)
    where is_compared and clip_id > getvariable('after')
    order by clip_id
    limit getvariable('count')
)
qualify row_number() over (order by clip_id) = 1 or sum(octet_length(fingerprint)) over (order by clip_id) <= 32_000_000
order by clip_id
