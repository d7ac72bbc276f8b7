-- One row: a question that nobody has answered, in the order in which they are asked.
from questions
anti join answers_in_force using (question_id)
order by is_audit desc, worth desc, question_id
