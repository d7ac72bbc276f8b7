-- Rows: files that ended twice: kept and rejected, or rejected for two reasons.
select source, path, count(*) as count_ends
from (
    select source, path from claims
    union all
    select source, subject from rejections where kind = 'file'
)
group by source, path
having count(*) > 1
