-- One row: a clip that new ones are compared with.
select clip_id, fingerprint
from fingerprints
semi join candidates using (clip_id)
where is_compared and clip_id > getvariable('after')
order by clip_id
limit getvariable('count')
