-- Load the targets of one batch of entities, the frame `incoming`.
insert into targets by name from incoming;
