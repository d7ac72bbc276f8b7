-- Note that a new part, named `part`, holds what the parts in the frame `merged` held.
insert into parts values (getvariable('part'));
update fingerprints set part = getvariable('part') where part in (select name from merged);
