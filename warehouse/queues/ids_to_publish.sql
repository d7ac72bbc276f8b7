-- One row: a clip, speaker, evidence or fact of the release to be that has no published id yet.
with
publishable as (
    select claims.clip_id, claims.source, claims.speaker
    from claims
    join sources using (source)
    where
        list_contains(getvariable('tiers'), sources.tier)
        and list_contains(sources.stages, 'release')
        and clip_id in (select clip_id from labels where verdict = 'accepted')
),
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
