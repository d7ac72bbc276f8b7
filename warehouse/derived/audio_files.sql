-- Note the audio files of the release to be (the frame `built`: split, shard, audio_file), and take out
-- the clips that could not be rendered (the frame `failed`: clip_id, reason, detail).
delete from rejections where origin = 'render';

insert into rejections by name
select
    'render' as origin, 'release' as stage, published_clips.source, claims.entity, 'clip' as kind,
    published_clips.private_id as subject, failed.reason, failed.detail
from failed
join published_clips using (clip_id)
join claims on claims.clip_id = published_clips.private_id;

delete from published_clips using failed where published_clips.clip_id = failed.clip_id;

create or replace temp table audio_files as
from built
where audio_file is not null;
