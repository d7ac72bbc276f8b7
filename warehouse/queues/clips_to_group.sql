-- One row: a file of a clip in use that has a re-encoded copy.
select clip_id, is_lossless, rate, seconds, source, path, speaker
from ranked
where
    clip_id in (select clip_id from copy_pairs)
    or clip_id in (select other_id from copy_pairs)
order by clip_id, source, path
