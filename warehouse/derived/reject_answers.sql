-- State which of the answers in the frame `imported`, by id, are to questions that are not known, the frame `unknown`.
delete from rejections where origin = 'answer' and subject in (select answer_id from imported);
insert into rejections by name
select
    'answer' as origin, 'verify' as stage, '' as source, 'answer' as kind, answer_id as subject,
    'question_not_known' as reason, detail
from unknown;
