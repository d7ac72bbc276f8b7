-- One row: a label of a clip.
select attribute, value, verdict, reasons, confidence, evidence_ids
from labels
where clip_id = getvariable('clip_id') and (getvariable('attribute') is null or attribute = getvariable('attribute'))
order by attribute
