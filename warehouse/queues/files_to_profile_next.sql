-- One row: a file whose voices will be profiled once it is read, with the `seconds` that it is taken to last, of those in
-- the frame `unread`; or once it is heard, of those in the frame `unheard`.
select source, entity, path, seconds, why
from (
    select source, entity, path, getvariable('seconds') as seconds, 'after ingest' as why
    from listings
    semi join (from unread where why <> 'reread') using (source, path)
    union all
    select unheard.source, unheard.entity, unheard.path, unheard.seconds, 'after segment'
    from unheard
    join claims using (source, path)
    -- another transcript leaves voices as they are
    anti join (
        select profiles.clip_id
        from profiles
        where
            witness in (select witness from witnesses where stage = 'profile')
            and heard_by in (select witness from models)
            and reason is null
    ) as known on known.clip_id = claims.clip_id
    anti join unread on unread.source = unheard.source and unread.path = unheard.path
)
join sources using (source)
where list_contains(sources.stages, 'profile')
order by source, path
