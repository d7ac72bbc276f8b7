-- One row: an entity whose voice and words are to be looked at: now (the frame `unidentified`), or once the files of the
-- frame `unread` are read and the clips of the frame `unheard` segmented.
select source, entity, max(why) as why
from (
    select source, entity, why from unidentified
    union all
    select source, entity, 'after segment' from unheard
    union all
    select source, entity, 'after ingest'
    from listings
    semi join (from unread where why <> 'reread') using (source, path)
    where transcript is not null
    union all
    select source, claims.entity, 'transcript changed'
    from claims
    join listings using (source, path)
    where claims.transcript is distinct from listings.transcript
    union all
    select source, entity, 'after ingest' from claims anti join listings using (source, path)
)
group by source, entity
order by source, entity
