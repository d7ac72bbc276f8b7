-- Rows: clips whose voices are to be profiled and are not, and nothing says why: their files went meanwhile.
select clip_id, source, path
from profiled_clips
where is_pending and reason is null
