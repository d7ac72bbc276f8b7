-- Replace what holds for the whole corpus: the frames `estimated`, `skilled`, `conflicting`, `reliable` and `weighed`; and
-- note what they were made from, `inputs`.
delete from estimates;
insert into estimates by name from estimated;
delete from skills;
insert into skills by name from skilled;
delete from conflicts;
insert into conflicts by name select *, probability > 1 - getvariable('least_confidence') as is_doubted from conflicting;
delete from reliabilities;
insert into reliabilities by name from reliable;
delete from weights;
insert into weights by name from weighed;
delete from weighings;
insert into weighings values (getvariable('inputs'));
