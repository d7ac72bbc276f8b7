-- Load what the records on the clips of one batch of entities agree on, the frame `incoming`.
insert into agreements by name
select incoming.*, claims.source, claims.entity
from incoming
join claims using (clip_id)
