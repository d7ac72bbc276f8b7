-- Rows: clips with two labels for one attribute.
select clip_id, attribute, count(*) as count_labels
from labels
group by clip_id, attribute
having count(*) > 1
