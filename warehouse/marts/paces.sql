-- One row: how many seconds an item of a stage has taken in this home.
select stage, sum(seconds) / sum(items) as pace
from timings
group by stage
