-- One row: a reason for which subjects left, by stage and source.
select stage, source, kind, attribute, reason, count(*) as count_subjects
from rejections
group by all
order by stage, source, kind, attribute, reason
