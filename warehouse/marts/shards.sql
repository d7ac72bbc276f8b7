-- One row: an audio file of the release to be. `parent_file` is the parent's file with exactly the
-- same clips, or null where the file has to be written. `parent_clips` is the parent's clips.parquet.
with
parent_files as (
    select audio_file, count(*) as count_clips from parent_clips group by audio_file
),
shards as (
    select
        published_clips.split,
        shard,
        count(*) as count_clips,
        count(parent_clips.clip_id) as count_known,
        min(parent_clips.audio_file) as first_file,
        max(parent_clips.audio_file) as last_file
    from published_clips
    left join parent_clips
        on parent_clips.clip_id = published_clips.clip_id
        and parent_clips.split = published_clips.split
        and parent_clips.start_seconds is not distinct from published_clips.start_seconds
        and parent_clips.end_seconds is not distinct from published_clips.end_seconds
    group by published_clips.split, shard
)
select
    shards.split,
    shards.shard,
    shards.count_clips,
    case
        when count_known = shards.count_clips and first_file = last_file and parent_files.count_clips = shards.count_clips
            then first_file
    end as parent_file
from shards
left join parent_files on parent_files.audio_file = shards.first_file
order by shards.split, shards.shard
