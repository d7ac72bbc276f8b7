-- One row: an accepted label of a published clip.
with
published_evidence as (from publications where kind = 'evidence'),
cited as (
    select labels.clip_id, labels.attribute, list(published_evidence.published_id order by published_id) as evidence_ids
    from (select clip_id, attribute, unnest(evidence_ids) as private_id from labels where verdict = 'accepted') as labels
    join published_evidence using (private_id)
    group by labels.clip_id, labels.attribute
)
select
    -- ids
    published_clips.clip_id,
    published_clips.speaker_id,
    published_clips.source,
    -- the label
    labels.attribute,
    labels.value,
    labels.confidence,
    'record' as verification,
    published_clips.split,
    cited.evidence_ids
from published_clips
join labels on labels.clip_id = published_clips.private_id and labels.verdict = 'accepted'
join cited on cited.clip_id = labels.clip_id and cited.attribute = labels.attribute
order by published_clips.clip_id, labels.attribute
