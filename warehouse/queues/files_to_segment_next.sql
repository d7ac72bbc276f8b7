-- One row: a file that will be segmented once it is read, with the `seconds` that it is taken to last, of those in the
-- frame `unread`; or whose transcript has changed since.
select source, entity, path, seconds, why
from (
    select source, entity, path, getvariable('seconds') as seconds, 'after ingest' as why
    from listings
    semi join (from unread where why <> 'reread') using (source, path)
    union all
    select claims.source, claims.entity, claims.path, clips.seconds, 'transcript changed'
    from claims
    join clips using (clip_id)
    join listings using (source, path)
    anti join unread using (source, path)
    anti join (from segmented_clips where is_pending) as pending using (clip_id)
    where claims.transcript is distinct from listings.transcript
)
join sources using (source)
where list_contains(sources.stages, 'segment')
order by source, path
