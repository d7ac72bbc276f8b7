-- Rows: accepted labels that cite a fact which the latest scan did not see, or which was corrected.
with cited as (
    select clip_id, attribute, unnest(fact_ids) as fact_id from labels where verdict = 'accepted'
)
select cited.clip_id, cited.attribute, cited.fact_id
from cited
left join sightings using (fact_id)
left join corrections using (fact_id)
where sightings.fact_id is null or corrections.fact_id is not null
