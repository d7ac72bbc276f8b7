-- Name the models in use: the frame `in_use` (witness, file, sha256); and the witness of profiles, `profiler`, if any.
delete from models;
insert into models by name from in_use;

delete from witnesses;
insert into witnesses
select 'profile', getvariable('profiler')
where getvariable('profiler') is not null;
