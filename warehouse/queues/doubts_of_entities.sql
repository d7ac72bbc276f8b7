-- One row: what speaks against labels of a clip of an entity in the frame `batch`.
select clip_id, attribute, reason
from doubts
semi join batch using (source, entity)
order by all
