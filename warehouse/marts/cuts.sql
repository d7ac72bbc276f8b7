-- One row: a digest of which stretches the clips of the release to be are cut to.
select coalesce(bit_xor(md5_number(concat_ws(' ', clip_id, start_seconds, end_seconds))), 0)::varchar as digest
from published_clips
where start_seconds is not null
