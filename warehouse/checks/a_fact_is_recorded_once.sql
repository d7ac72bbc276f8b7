-- Rows: facts with two rows.
select fact_id, count(*) as count_facts
from facts
group by fact_id
having count(*) > 1
