-- One row: a published clip, of those whose published ids begin with `prefix`. Its audio lies in the file `audio_file`.
select
    -- ids
    clip_id,
    speaker_id,
    source,
    -- terms
    licence,
    tier,
    split,
    -- the stretch of the recording, null where it is all of it, and its length
    start_seconds,
    end_seconds,
    seconds,
    -- measurements of the recording at 16 kHz mono
    silence_share,
    snr_db,
    bandwidth_hz,
    audio_file
from published_clips
join audio_files using (split, shard)
where starts_with(clip_id, getvariable('prefix'))
order by clip_id
