-- One row: a clip that has not been compared with the others yet, and the part that holds its fingerprint;
-- fewer than `count` where their fingerprints take more memory than those of some thousand sentences.
select clip_id, part
from fingerprints
join candidates using (clip_id)
where not is_compared
window so_far as (order by source, path)
qualify row_number() over so_far = 1
    or (row_number() over so_far <= getvariable('count') and sum(fingerprints.size) over so_far <= 32_000_000)
order by source, path
