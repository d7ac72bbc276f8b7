-- Load the targets of one batch of entities, the frame `incoming`, and the clips that have none.
insert into targets by name from incoming;

insert into rejections by name
select 'identify' as origin, 'segment' as stage, source, entity, 'clip' as kind, clip_id as subject, reason, detail
from incoming
where reason is not null;
