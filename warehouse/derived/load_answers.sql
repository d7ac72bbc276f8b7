-- Load parts of answers: `files`. Loading one twice changes nothing.
insert into answers by name
select distinct on (answer_id) *
from read_parquet(getvariable('files'))
where answer_id not in (select answer_id from answers);
