-- One row: an answer, whether it counts or not.
from answers order by kind, question_id, answered_at, annotator, answer_id
