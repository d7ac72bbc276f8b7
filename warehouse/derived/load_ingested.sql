-- Load one part of ingested files, the frame `incoming` (named `part`). Loading it twice changes nothing. Of two rows
-- on one path, as in a part that was merged from several, the one further down (`position`) is later.
delete from files using incoming
where files.source = incoming.source and files.path = incoming.path;

insert into files by name
select distinct on (source, path)
    source, path, size, mtime_ns, ctime_ns, sha256,
    case when sha256 is null then reason end as reason,
    case when sha256 is null then detail end as detail
from incoming
order by source, path, position desc;

delete from decodings using incoming
where decodings.sha256 = incoming.sha256 and decodings.witness = incoming.witness;

-- a file whose bytes were known already comes without a clip and without a reason
insert into decodings
select distinct on (sha256, witness) sha256, witness, clip_id, codec, decoder, rate, channels, reason, detail
from incoming
where sha256 is not null and (clip_id is not null or reason is not null)
order by sha256, witness, position desc;

-- what another version of the code measured gives way to this part, which is later
create or replace temp table renewed as
select distinct clip_id
from incoming
join clips using (clip_id)
where clips.witness <> incoming.witness;

delete from clips where clip_id in (from renewed);
delete from fingerprints where clip_id in (from renewed);
delete from copy_pairs where clip_id in (from renewed) or other_id in (from renewed);

insert into clips by name
select distinct on (clip_id)
    clip_id, seconds, peak_dbfs, rms_dbfs, loudness_lufs, clipped_share, dc_offset, silence_share, snr_db, bandwidth_hz,
    witness
from incoming
where clip_id is not null and clip_id not in (select clip_id from clips)
order by clip_id, position desc;

insert into fingerprints by name
select distinct on (clip_id)
    clip_id, getvariable('part') as part, octet_length(fingerprint) as size, witness, false as is_compared
from incoming
where fingerprint is not null and clip_id not in (select clip_id from fingerprints)
order by clip_id, position desc;
