-- Rows: clips that stand for two entities.
select clip_id, count(*) as count_claims
from claims
group by clip_id
having count(*) > 1
