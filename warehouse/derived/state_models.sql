-- Name the models in use: the frame `in_use` (witness, file, sha256).
delete from models;
insert into models by name from in_use;
