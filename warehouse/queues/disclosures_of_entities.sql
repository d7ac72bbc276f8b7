-- One row: an attribute that the words of a clip of the entities in the frame `batch` give away in what is kept of it.
select distinct clip_id, attribute
from disclosures
semi join batch using (source, entity)
where not is_cut
order by clip_id, attribute
