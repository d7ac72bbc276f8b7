-- One row: a date on which an entity of the frame `batch` was recorded; by path where facts are.
select distinct source, speaker, path, recorded_on
from (
    select source, speaker, null as path, recorded_on
    from listings
    semi join batch using (source, entity)
    where speaker is not null
    union all
    select source, null, path, recorded_on
    from listings
    semi join batch using (source, entity)
    where path in (select path from facts where source = listings.source and path is not null)
)
order by all
