-- One row: a clip of one audio file of the release to be; `parent_file` holds its sound already.
select
    published_clips.clip_id,
    published_clips.private_id,
    published_clips.source,
    published_clips.path,
    published_clips.start_seconds,
    published_clips.end_seconds,
    parent_clips.audio_file as parent_file
from published_clips
left join parent_clips
    on parent_clips.clip_id = published_clips.clip_id
    and parent_clips.split = published_clips.split
    and parent_clips.start_seconds is not distinct from published_clips.start_seconds
    and parent_clips.end_seconds is not distinct from published_clips.end_seconds
where published_clips.split = getvariable('split') and shard = getvariable('shard')
order by published_clips.clip_id
