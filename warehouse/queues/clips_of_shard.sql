-- One row: a clip of one audio file of the release to be; `parent_file` holds its sound already.
select
    published_clips.clip_id,
    published_clips.private_id,
    published_clips.source,
    published_clips.path,
    parent_clips.audio_file as parent_file
from published_clips
left join parent_clips using (clip_id, split)
where split = getvariable('split') and shard = getvariable('shard')
order by published_clips.clip_id
