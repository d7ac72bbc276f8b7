-- One row: where a release keeps the sound of one published clip.
select audio_file
from read_parquet(getvariable('clips_file'))
where clip_id = getvariable('id')
