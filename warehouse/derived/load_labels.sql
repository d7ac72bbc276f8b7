-- Load the labels of one batch of entities, the frame `incoming`.
insert into labels by name
select incoming.*, claims.source, claims.entity
from incoming
join claims using (clip_id)
