-- One row: how the labels of the release to be differ from its parent's.
with
labels as (from read_parquet(getvariable('labels_file'))),
parent as (from read_parquet(getvariable('parent_labels_file')))
select
    count(*) filter (parent.clip_id is null) as labels_added,
    count(*) filter (labels.clip_id is null) as labels_removed,
    count(*) filter (labels.value <> parent.value) as labels_changed,
    count(distinct labels.clip_id) filter (labels.clip_id not in (select clip_id from parent)) as clips_added,
    count(distinct parent.clip_id) filter (parent.clip_id not in (select clip_id from labels)) as clips_removed
from labels
full join parent using (clip_id, attribute)
