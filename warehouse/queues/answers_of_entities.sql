-- One row: an answer that counts, to a question on an entity in the frame `batch`.
from answers_in_force
semi join batch using (source, entity)
order by source, entity, answer_id
