-- One row: an entity that consensus is to settle: now (the frame `unsettled`), or once the files of the frame
-- `unread` are read, the entities of the frame `ungrounded` are grounded, and claims on files that went are gone.
select source, entity, max(why) as why
from (
    select source, entity, why from unsettled
    union all
    select source, entity, 'after ingest' from listings semi join (from unread where why <> 'reread') using (source, path)
    union all
    select source, entity, 'after ingest' from claims anti join listings using (source, path)
    union all
    select source, entity, 'after ground' from ungrounded semi join listings using (source, entity)
)
group by source, entity
order by source, entity
