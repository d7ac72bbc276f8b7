-- One row: a clip of an entity in the frame `batch`.
select clip_id, source, entity, speaker, path, recorded_on, is_contradictory
from claims
semi join batch using (source, entity)
order by clip_id
