-- One row: a question that the frame `named` names and that is put to people, or was when somebody answered it; with the
-- rules that read the record that it is about.
with
known as (
    select distinct on (question_id) *
    from (
        select question_id, kind, source, entity, clip_id, attribute, value, fact_ids from questions
        union all
        select question_id, kind, source, entity, clip_id, attribute, value, fact_ids from answers
    )
    semi join named using (question_id)
),
ruled as (
    select question_id, list("rule" order by "rule") as rules
    from rules_in_question
    semi join named using (question_id)
    group by question_id
)
select known.*, coalesce(ruled.rules, []) as rules
from known
left join ruled using (question_id)
order by known.question_id
