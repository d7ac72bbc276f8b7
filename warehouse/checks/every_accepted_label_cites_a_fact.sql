-- Rows: accepted labels of which no fact is in the warehouse.
with cited as (
    select clip_id, attribute, unnest(fact_ids) as fact_id from labels where verdict = 'accepted'
)
select labels.clip_id, labels.attribute
from labels
anti join (from cited semi join facts using (fact_id)) as grounded using (clip_id, attribute)
where labels.verdict = 'accepted'
