-- One row: an answer, whether it counts or not, to a question that the frame `named` names.
select answer_id, question_id, annotator, answered_at
from answers
semi join named using (question_id)
order by answer_id
