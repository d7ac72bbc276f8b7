-- Load parts of recorded facts: `files`. Loading one twice changes nothing.
insert into facts by name
select distinct on (fact_id) *
from read_parquet(getvariable('files'))
where fact_id not in (select fact_id from facts);
