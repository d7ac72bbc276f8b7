-- One row: words of a clip's transcript that give an attribute away.
select attribute, words, start_seconds, end_seconds, is_cut
from disclosures
where clip_id = getvariable('clip_id')
order by start_seconds, attribute, words
