-- One row: two clips in use that are copies of one recording.
select copy_pairs.clip_id, copy_pairs.other_id
from copy_pairs
where clip_id in (select clip_id from candidates) and other_id in (select clip_id from candidates)
order by all
