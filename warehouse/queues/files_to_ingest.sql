-- One row: a listed file that has not been read as it now is, or not by this version of the code.
select
    listings.source,
    listings.path,
    listings.size,
    listings.mtime_ns,
    listings.ctime_ns,
    -- bytes that gave no clip are decoded again, in case the failure has passed
    case when decodings.clip_id is not null then files.sha256 end as known_sha256,
    coalesce(files.failures, 0) as failures,
    case
        when files.path is null then 'new'
        when (files.size, files.mtime_ns, files.ctime_ns) <> (listings.size, listings.mtime_ns, listings.ctime_ns) then 'changed'
        when files.reason = 'too_large' then 'limit changed'
        when files.sha256 is null then 'failed before'
        when decodings.sha256 is null then 'decoder changed'
        when decodings.reason = 'too_long' and not getvariable('rehash') then 'limit changed'
        else 'reread'
    end as why
from listings
left join files using (source, path)
left join decodings on decodings.sha256 = files.sha256 and decodings.witness = getvariable('witness')
where
    files.path is null
    or (files.size, files.mtime_ns, files.ctime_ns) <> (listings.size, listings.mtime_ns, listings.ctime_ns)
    or (files.sha256 is not null and decodings.sha256 is null)
    or (files.source, files.path) in (select source, path from unread_files)
    or (files.reason <> 'too_large' and files.witness <> getvariable('witness'))
    or (files.reason = 'too_large' and files.size <= getvariable('max_bytes'))
    or (decodings.reason = 'too_long' and regexp_extract(decodings.detail, 'at most (\S+) s', 1)::double <> getvariable('max_seconds'))
    or getvariable('rehash')
order by listings.source, listings.path
