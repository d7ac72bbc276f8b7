-- One row: a reason for which clips with a claim are not in the release to be.
select
    sources.source,
    case
        when not list_contains(getvariable('tiers'), sources.tier) then 'tier ' || sources.tier || ' is above the release'
        when not list_has_all(sources.stages, needed) then 'its source.toml leaves out ' || list_filter(needed, lambda stage: not list_contains(sources.stages, stage))[1]
        when failing.reason is not null then failing.reason
        when list_contains(sources.stages, 'segment') and targets.clip_id is null then 'not segmented yet'
        when personal.attribute is not null then 'its words give away: ' || personal.attribute
        else coalesce(failed.reason, 'no accepted label')
    end as reason,
    count(*) as count_clips
from claims
cross join (select ['ground', 'consensus', 'release'] as needed)
join sources using (source)
anti join published_clips on published_clips.private_id = claims.clip_id
left join targets using (clip_id)
left join (
    select subject, min(reason) as reason from rejections where stage in ('segment', 'profile') group by subject
) as failing
    on failing.subject = claims.clip_id
left join (select clip_id, min(attribute) as attribute from personal_disclosures group by clip_id) as personal
    on personal.clip_id = claims.clip_id
left join rejections as failed on failed.origin = 'render' and failed.subject = claims.clip_id
group by all
order by sources.source, reason
