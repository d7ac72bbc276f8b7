-- One row: a clip, speaker, evidence or fact of the release to be that has no published id yet.
with
wanted as (
    select 'clip' as kind, clip_id as private_id from publishable
    union
    select 'speaker', source || ' ' || speaker from publishable where speaker is not null
    union
    select 'evidence', unnest(evidence_ids) from labels semi join publishable using (clip_id) where verdict = 'accepted'
    union
    select 'fact', unnest(fact_ids) from labels semi join publishable using (clip_id) where verdict = 'accepted'
)
from wanted
anti join publications using (kind, private_id)
order by kind, private_id
limit getvariable('count')
