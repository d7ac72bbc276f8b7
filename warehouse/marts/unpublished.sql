-- One row: a reason for which clips with a claim are not in the release to be.
select
    sources.source,
    case
        when not list_contains(getvariable('tiers'), sources.tier) then 'tier ' || sources.tier || ' is above the release'
        when not list_has_all(sources.stages, needed) then 'its source.toml leaves out ' || list_filter(needed, lambda stage: not list_contains(sources.stages, stage))[1]
        else coalesce(failed.reason, 'no accepted label')
    end as reason,
    count(*) as count_clips
from claims
cross join (select ['ground', 'consensus', 'release'] as needed)
join sources using (source)
anti join published_clips on published_clips.private_id = claims.clip_id
left join rejections as failed on failed.origin = 'render' and failed.subject = claims.clip_id
group by all
order by sources.source, reason
