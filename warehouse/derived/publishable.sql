-- The clips that may be published, and the stretch of each that is: of an allowed tier, with an accepted label, with a
-- voice where voices were listened to (whose, an accepted label says) that was not beyond profiling, and without words that
-- name or locate anybody.
create or replace temp table publishable as
select
    claims.clip_id, claims.source, claims.speaker, claims.path, sources.licence, sources.tier,
    targets.start_seconds, targets.end_seconds
from claims
join sources using (source)
left join targets using (clip_id)
where
    list_contains(getvariable('tiers'), sources.tier)
    and list_contains(sources.stages, 'release')
    and (not list_contains(sources.stages, 'segment') or (targets.clip_id is not null and targets.reason is distinct from 'no_speech'))
    and claims.clip_id not in (select clip_id from profiled_clips where reason is not null)
    and claims.clip_id not in (select clip_id from personal_disclosures)
    and claims.clip_id in (select clip_id from labels where verdict = 'accepted')
