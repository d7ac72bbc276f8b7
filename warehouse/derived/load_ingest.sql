-- Load parts of ingested files: `files`, those that are to win last. Loading one twice changes nothing but the count
-- of failures. Of two rows on one path that of the later part holds, and in one part, which may be merged from several,
-- the one further down: `place`.
create or replace temp table ingested as
select
    * exclude (fingerprint, filename, file_row_number),
    octet_length(fingerprint) as fingerprint_size,
    'ingest/' || parse_filename(filename, true) as part,
    row_number() over (order by list_position(getvariable('files'), filename), file_row_number) as place
from read_parquet(getvariable('files'), filename = true, file_row_number = true);

create or replace temp table failed_before as
select source, path, size, mtime_ns, ctime_ns, failures
from files
semi join ingested using (source, path, size, mtime_ns, ctime_ns);

delete from files using ingested
where files.source = ingested.source and files.path = ingested.path;

insert into files by name
select distinct on (source, path)
    source, path, size, mtime_ns, ctime_ns, sha256,
    case when sha256 is null then reason end as reason,
    case when sha256 is null then detail end as detail,
    case when sha256 is null then witness end as witness,
    case when sha256 is null then 1 + coalesce(failures, 0) else 0 end as failures
from ingested
left join failed_before using (source, path, size, mtime_ns, ctime_ns)
order by source, path, place desc;

delete from decodings using ingested
where decodings.sha256 = ingested.sha256 and decodings.witness = ingested.witness;

-- a file whose bytes were known already comes without a clip and without a reason
insert into decodings
select distinct on (sha256, witness) sha256, witness, clip_id, codec, decoder, rate, channels, reason, detail
from ingested
where sha256 is not null and (clip_id is not null or reason is not null)
order by sha256, witness, place desc;

-- what another version of the code measured gives way to what the present one, `witness`, has
create or replace temp table renewed as
select distinct clip_id
from ingested
join clips using (clip_id)
where clips.witness <> ingested.witness and ingested.witness = getvariable('witness');

delete from clips where clip_id in (from renewed);
delete from fingerprints where clip_id in (from renewed);
delete from copy_pairs where clip_id in (from renewed) or other_id in (from renewed);

insert into clips by name
select distinct on (clip_id)
    clip_id, seconds, peak_dbfs, rms_dbfs, loudness_lufs, clipped_share, dc_offset, silence_share, snr_db, bandwidth_hz,
    witness
from ingested
where clip_id is not null and clip_id not in (select clip_id from clips)
order by clip_id, witness = getvariable('witness') desc, place desc;

insert into fingerprints by name
select distinct on (clip_id)
    clip_id, part, fingerprint_size as size, witness
from ingested
where fingerprint_size is not null and clip_id not in (select clip_id from fingerprints)
order by clip_id, witness = getvariable('witness') desc, place desc;
