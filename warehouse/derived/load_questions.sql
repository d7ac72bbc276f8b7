-- Replace the questions and the audits: the frames `asked` and `audited`.
delete from questions;
insert into questions by name from asked;
delete from audits;
insert into audits by name from audited;
