-- Keep one clip of each group of copies (the frame `grouped`: clip_id, group_id, is_kept,
-- is_contradictory) and state the claims that remain: which clip stands for which entity; and which files hold it.
delete from rejections where origin = 'copy';

insert into rejections by name
select
    'copy' as origin, 'ingest' as stage, candidates.source, candidates.entity, 'file' as kind, candidates.path as subject,
    'copy' as reason, 'a re-encoded copy of ' || kept.source || ': ' || kept.path as detail
from grouped
join candidates using (clip_id)
join grouped as kept_group on kept_group.group_id = grouped.group_id and kept_group.is_kept
join candidates as kept on kept.clip_id = kept_group.clip_id
where not grouped.is_kept;

delete from claims;

insert into claims by name
select
    candidates.clip_id, candidates.source, candidates.entity, candidates.speaker, candidates.path,
    candidates.recorded_on, candidates.transcript, candidates.codec, candidates.rate, candidates.channels,
    candidates.is_contradictory or coalesce(grouped.is_contradictory, false) as is_contradictory
from candidates
left join grouped using (clip_id)
where coalesce(grouped.is_kept, true);

delete from copies;

insert into copies by name
select claims.clip_id, ranked.source, ranked.entity, ranked.speaker, ranked.path, ranked.recorded_on
from ranked
left join grouped using (clip_id)
left join grouped as kept on kept.group_id = grouped.group_id and kept.is_kept
join claims on claims.clip_id = coalesce(kept.clip_id, ranked.clip_id)
join sources as own on own.source = claims.source
join sources as other on other.source = ranked.source
-- what another source records must not reach a release that it may not enter itself
where
    ranked.source = claims.source
    or (tier_rank(other.tier) <= tier_rank(own.tier) and list_has_all(other.stages, ['consensus', 'release']));
