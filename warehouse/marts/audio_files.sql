-- One row: an audio file of the release to be.
from audio_files order by split, shard
