-- One row: a clip of a unit in the frame `batch`.
select clip_id, source, unit, speaker, path, recorded_on, is_contradictory
from claims
semi join batch using (source, unit)
order by clip_id
