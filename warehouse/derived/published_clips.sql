-- The clips of the release to be, of those that are `publishable`. Needs their published ids, and those of their
-- speakers, in `publications`.
create or replace temp table published_clips as
with
named as (
    select
        publishable.clip_id as private_id,
        clip.published_id as clip_id,
        speaker.published_id as speaker_id,
        publishable.source,
        publishable.path,
        publishable.licence,
        publishable.tier,
        publishable.start_seconds,
        publishable.end_seconds,
        -- a speaker's place in [0, 1) never moves, so neither does the split
        ('0x' || left(coalesce(speaker.published_id, clip.published_id), 8))::bigint / 4294967296.0 as speaker_place,
        ('0x' || left(clip.published_id, 8))::bigint / 4294967296.0 as clip_place
    from publishable
    join publications as clip on clip.kind = 'clip' and clip.private_id = publishable.clip_id
    left join publications as speaker
        on speaker.kind = 'speaker' and speaker.private_id = publishable.source || ' ' || publishable.speaker
)
select
    named.* exclude (speaker_place, clip_place),
    case
        when speaker_place < getvariable('train_share') then 'train'
        when speaker_place < getvariable('train_share') + getvariable('validation_share') then 'validation'
        else 'test'
    end as split,
    -- a power of two of audio files a split, so that growth rarely moves clips to other files
    floor(
        clip_place * 2 ** greatest(0, ceil(log2(count(*) over (partition by split) / getvariable('clips_per_shard'))))
    )::integer as shard,
    coalesce(named.end_seconds - named.start_seconds, clips.seconds) as seconds,
    clips.silence_share, clips.snr_db, clips.bandwidth_hz
from named
join clips on clips.clip_id = named.private_id
