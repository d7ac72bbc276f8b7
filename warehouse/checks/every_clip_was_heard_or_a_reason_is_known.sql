-- Rows: clips of sources that are segmented that no model has heard, and nothing says why: their files went meanwhile.
select clip_id, source, path
from segmented_clips
where is_pending and reason is null
