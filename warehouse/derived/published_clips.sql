-- The clips of the release to be: those of an allowed tier with an accepted label. Needs the
-- published ids of clips and speakers in `publications`.
create or replace temp table published_clips as
with
publishable as (
    select claims.clip_id, claims.source, claims.speaker, claims.path, sources.licence, sources.tier
    from claims
    join sources using (source)
    where
        list_contains(getvariable('tiers'), sources.tier)
        and list_contains(sources.stages, 'release')
        and clip_id in (select clip_id from labels where verdict = 'accepted')
),
named as (
    select
        publishable.clip_id as private_id,
        clip.published_id as clip_id,
        speaker.published_id as speaker_id,
        publishable.source,
        publishable.path,
        publishable.licence,
        publishable.tier,
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
    clips.seconds, clips.silence_share, clips.snr_db, clips.bandwidth_hz
from named
join clips on clips.clip_id = named.private_id
