-- Load the labels of one batch of units, the frame `incoming`.
insert into labels by name
select incoming.*, claims.source, claims.unit
from incoming
join claims using (clip_id)
