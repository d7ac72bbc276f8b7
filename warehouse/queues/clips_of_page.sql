-- One row: a clip of one page, and the part that holds its fingerprint.
select clip_id, part
from pages
where page = getvariable('page')
