-- The clips that may be published: of an allowed tier, with an accepted label.
create or replace temp table publishable as
select claims.clip_id, claims.source, claims.speaker, claims.path, sources.licence, sources.tier
from claims
join sources using (source)
where
    list_contains(getvariable('tiers'), sources.tier)
    and list_contains(sources.stages, 'release')
    and clip_id in (select clip_id from labels where verdict = 'accepted')
