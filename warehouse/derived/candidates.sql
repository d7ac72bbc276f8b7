-- Judge every decoded file, and keep one file for each sound: the temporary view `candidates`.
delete from rejections where origin in ('decode', 'judge', 'duplicate');

create or replace temp view decoded as
select
    listings.source, listings.path, listings.entity, listings.speaker, listings.recorded_on, listings.transcript,
    decodings.clip_id, decodings.codec, decodings.rate, decodings.channels, decodings.reason, decodings.detail,
    regexp_matches(decodings.codec, '/(pcm_|float|double|flac|alac)') as is_lossless
from listings
join files using (source, path)
join decodings on decodings.sha256 = files.sha256 and decodings.witness = getvariable('witness');

insert into rejections by name
select 'decode' as origin, 'ingest' as stage, source, entity, 'file' as kind, path as subject, reason, detail
from decoded
where reason is not null
union all by name
select
    'decode' as origin, 'ingest' as stage, listings.source, listings.entity, 'file' as kind, listings.path as subject,
    files.reason, files.detail
from listings
join files using (source, path)
where files.reason is not null;

create or replace temp view judged as
select
    decoded.* exclude (reason, detail),
    clips.seconds,
    case
        when seconds < getvariable('min_seconds') then 'too_short'
        when seconds > getvariable('max_seconds') then 'too_long'
        when loudness_lufs is null then 'silent'
        when clipped_share > getvariable('max_clipped_share') then 'clipped'
        when abs(dc_offset) > getvariable('max_dc_offset') then 'dc_offset'
        when silence_share > getvariable('max_silence_share') then 'mostly_silence'
        when snr_db < getvariable('min_snr_db') then 'noisy'
        when bandwidth_hz < getvariable('min_bandwidth_hz') then 'narrow_band'
    end as unfit,
    case unfit
        when 'too_short' then format('{:.2f} s, needs {:.2f} s ([ingest] min_seconds)', seconds, getvariable('min_seconds'))
        when 'too_long' then format('{:.1f} s, at most {:.1f} s ([ingest] max_seconds)', seconds, getvariable('max_seconds'))
        when 'silent' then 'no sound above the gate of ITU-R BS.1770'
        when 'clipped' then format('{:.1f} % of the samples at full scale, at most {:.1f} % ([ingest] max_clipped_share)', 100 * clipped_share, 100 * getvariable('max_clipped_share'))
        when 'dc_offset' then format('mean {:.3f} of full scale, at most {:.3f} ([ingest] max_dc_offset)', dc_offset, getvariable('max_dc_offset'))
        when 'mostly_silence' then format('{:.1f} % silence, at most {:.1f} % ([ingest] max_silence_share)', 100 * silence_share, 100 * getvariable('max_silence_share'))
        when 'noisy' then format('SNR {:.1f} dB, needs {:.1f} dB ([ingest] min_snr_db)', snr_db, getvariable('min_snr_db'))
        when 'narrow_band' then format('sound up to {:.0f} Hz, needs {:.0f} Hz ([ingest] min_bandwidth_hz)', bandwidth_hz, getvariable('min_bandwidth_hz'))
    end as finding
from decoded
join clips using (clip_id);

insert into rejections by name
select 'judge' as origin, 'ingest' as stage, source, entity, 'file' as kind, path as subject, unfit as reason, finding as detail
from judged
where unfit is not null;

create or replace temp table ranked as
select
    * exclude (unfit, finding),
    row_number() over best as rank,
    first_value(source || ': ' || path) over best as kept,
    -- a file without a speaker says nothing
    coalesce(
        min(source || ' ' || speaker) over (partition by clip_id) <> max(source || ' ' || speaker) over (partition by clip_id),
        false
    ) as is_contradictory
from judged
where unfit is null
window best as (partition by clip_id order by speaker is null, is_lossless desc, rate desc, source, path);

insert into rejections by name
select
    'duplicate' as origin, 'ingest' as stage, source, entity, 'file' as kind, path as subject,
    'copy' as reason, 'the same sound as ' || kept as detail
from ranked
where rank > 1;

create or replace temp view candidates as
from ranked
where rank = 1;
