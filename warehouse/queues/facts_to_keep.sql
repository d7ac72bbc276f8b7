-- One row: a fact of the latest scan that is recorded for the first time.
from scanned_facts
where fact_id not in (select fact_id from facts)
order by fact_id
