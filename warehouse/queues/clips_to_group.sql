-- One row: a clip in use that has a copy.
select clip_id, is_lossless, rate, seconds, source, path, speaker
from candidates
where
    clip_id in (select clip_id from copy_pairs)
    or clip_id in (select other_id from copy_pairs)
order by clip_id
