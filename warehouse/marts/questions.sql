-- One row: a kind of question: how many are open, how many wait beyond the budget, the hours that either would take, and
-- how many were answered, whether they are still asked or not.
with
asked as (
    select
        kind,
        count(*) filter (is_in_budget) as count_open,
        coalesce(sum(minutes) filter (is_in_budget), 0) / 60 as hours,
        count(*) filter (not is_in_budget) as count_waiting,
        coalesce(sum(minutes) filter (not is_in_budget), 0) / 60 as hours_waiting
    from questions
    where question_id not in (select question_id from answers_in_force)
    group by kind
),
answered as (
    select kind, count(distinct question_id) as count_answered from answers_in_force group by kind
)
select
    kind, coalesce(count_open, 0) as count_open, coalesce(hours, 0) as hours, coalesce(count_waiting, 0) as count_waiting,
    coalesce(hours_waiting, 0) as hours_waiting, coalesce(count_answered, 0) as count_answered
from asked
full join answered using (kind)
order by kind
