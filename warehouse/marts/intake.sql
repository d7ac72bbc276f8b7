-- One row: a source, and what became of its files.
with
left_out as (
    select source, count(*) as count_rejected from rejections where kind = 'file' group by source
),
kept as (
    select source, count(*) as count_clips, count(distinct speaker) as count_speakers, sum(seconds) / 3600 as hours
    from claims
    join clips using (clip_id)
    group by source
),
recorded as (
    select facts.source, count(distinct fact_id) as count_facts, count(distinct facts.speaker) as count_recorded_speakers
    from facts
    semi join sightings using (fact_id)
    group by facts.source
)
select
    sources.source,
    sources.title,
    sources.citation,
    sources.licence,
    sources.tier,
    sources.basis,
    sources.permitted_uses,
    coalesce(count_clips, 0) + coalesce(count_rejected, 0) as count_files,
    coalesce(count_rejected, 0) as count_rejected,
    coalesce(count_clips, 0) as count_clips,
    coalesce(count_speakers, 0) as count_speakers,
    coalesce(hours, 0) as hours,
    coalesce(count_facts, 0) as count_facts,
    coalesce(count_recorded_speakers, 0) as count_recorded_speakers
from sources
left join left_out using (source)
left join kept using (source)
left join recorded using (source)
order by sources.source
