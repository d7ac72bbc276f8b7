-- Rows: labels of clips that nobody claims.
select labels.clip_id, labels.attribute
from labels
anti join claims using (clip_id)
