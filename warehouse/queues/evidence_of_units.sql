-- One row: a statement of evidence on a unit in the frame `batch`.
select *
from evidence
semi join batch using (source, unit)
order by evidence_id
