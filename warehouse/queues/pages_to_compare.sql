-- One row: a page of clips that have not been compared with each other, nor with those of the pages before it.
select distinct page
from pages
where not is_compared
order by page
