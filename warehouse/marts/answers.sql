-- One row: an answer that counts.
from answers_in_force order by answer_id
