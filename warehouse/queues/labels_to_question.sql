-- One row: a contested label of a clip that people may be asked about.
select labels.clip_id, labels.source, labels.entity, labels.attribute, labels.value, labels.reasons, labels.confidence, labels.fact_ids
from labels
semi join clips_to_ask using (clip_id)
where verdict = 'contested'
order by labels.source, labels.entity, labels.clip_id, labels.attribute
