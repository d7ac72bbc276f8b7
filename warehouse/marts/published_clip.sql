-- One row: where a release keeps one published clip.
select clip_id, split, audio_file
from read_parquet(getvariable('clips_file'))
where clip_id = getvariable('id')
