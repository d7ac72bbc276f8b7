-- One row: a clip that new ones are compared with, and the part that holds its fingerprint; fewer than
-- `count` where their fingerprints take more memory than those of some thousand sentences.
select clip_id, part, source || ':' || path as place
from fingerprints
join candidates using (clip_id)
where is_compared and source || ':' || path > getvariable('after')
window so_far as (order by place)
qualify row_number() over so_far = 1
    or (row_number() over so_far <= getvariable('count') and sum(fingerprints.size) over so_far <= 32_000_000)
order by place
