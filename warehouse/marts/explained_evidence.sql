-- One row: a statement that a clip's labels cite.
select evidence_id, attribute, "values", witness, rule, recorded_on, fact_ids
from evidence
where evidence_id in (select unnest(evidence_ids) from labels where clip_id = getvariable('clip_id'))
order by attribute, evidence_id
