-- One row: a statement of evidence on an entity in the frame `batch`.
select *
from evidence
semi join batch using (source, entity)
order by evidence_id
