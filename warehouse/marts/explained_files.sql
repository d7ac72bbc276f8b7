-- One row: a file of a clip or a rejected file, with its source's terms.
select
    subjects.source,
    subjects.path,
    listings.speaker,
    listings.recorded_on,
    files.size,
    files.sha256,
    decodings.codec,
    decodings.rate,
    decodings.channels,
    decodings.decoder,
    sources.title,
    sources.licence,
    sources.tier,
    sources.basis,
    claims.clip_id is not null as is_kept
from subjects
left join listings using (source, path)
left join files using (source, path)
left join decodings on decodings.sha256 = files.sha256 and decodings.witness = getvariable('witness')
left join claims on claims.source = subjects.source and claims.path = subjects.path
join sources on sources.source = subjects.source
order by subjects.source, subjects.path
