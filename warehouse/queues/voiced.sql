-- One row: a clip in use, and what the voice of its speaker is like.
from target_profiles order by source, entity, clip_id
