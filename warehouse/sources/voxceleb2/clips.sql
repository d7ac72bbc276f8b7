-- dev/aac/id00012/21Uxsk56VDQ/00001.m4a: speaker, video, utterance. The recording year is known only
-- where the title of the video names the year in which it was uploaded; the table writes it as 2013.0.
with recordings as (
    select path, regexp_extract(path, '^(?:dev|test)/aac/(id\d{5})/([^/]+)/\d+\.m4a$', ['speaker', 'video']) as name
    from files
),
videos as (
    select distinct VoxCeleb_ID as speaker, video_id as video, left(recording_year_title_only, 4) as year
    from read_table('final_dataframe_extended.csv')
    where recording_year_title_only is not null
)
select
    path,
    name.speaker as speaker,
    year as recorded_on,
    null as transcript
from recordings
left join videos on videos.speaker = name.speaker and videos.video = name.video
where name.speaker <> ''
