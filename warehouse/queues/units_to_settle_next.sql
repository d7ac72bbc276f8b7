-- One row: a unit that consensus is to settle: now (the frame `unsettled`), or once the files of the frame
-- `unread` are read, the units of the frame `ungrounded` are grounded, and claims on files that went are gone.
select source, unit, max(why) as why
from (
    select source, unit, why from unsettled
    union all
    select source, unit, 'after ingest' from listings semi join (from unread where why <> 'reread') using (source, path)
    union all
    select source, unit, 'after ingest' from claims anti join listings using (source, path)
    union all
    select source, unit, 'after ground' from ungrounded
)
group by source, unit
order by source, unit
