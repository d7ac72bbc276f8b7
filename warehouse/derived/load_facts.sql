-- Load one part of recorded facts, the frame `incoming`. Loading it twice changes nothing.
insert into facts by name
select * exclude (position)
from incoming
where fact_id not in (select fact_id from facts);
