-- One row: an accepted label.
select clip_id, attribute, value
from labels
where verdict = 'accepted'
order by clip_id, attribute
