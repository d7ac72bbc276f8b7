-- One row: a clip that has not been compared with the others yet.
select clip_id, fingerprint
from fingerprints
semi join candidates using (clip_id)
where not is_compared
order by clip_id
limit getvariable('count')
