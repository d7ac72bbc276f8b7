-- One row: an accepted label of a published clip; of those whose published ids begin with `prefix`.
with
page as (
    from published_clips
    where starts_with(clip_id, getvariable('prefix'))
),
accepted as (
    select labels.*
    from labels
    semi join page on page.private_id = labels.clip_id
    where labels.verdict = 'accepted'
),
cited as (
    select accepted.clip_id, accepted.attribute, list(publications.published_id order by publications.published_id) as evidence_ids
    from (select clip_id, attribute, unnest(evidence_ids) as private_id from accepted) as accepted
    join publications on publications.kind = 'evidence' and publications.private_id = accepted.private_id
    group by accepted.clip_id, accepted.attribute
)
select
    -- ids
    page.clip_id,
    page.speaker_id,
    page.source,
    -- the label
    accepted.attribute,
    accepted.value,
    accepted.confidence,
    'record' as verification,
    page.split,
    cited.evidence_ids
from page
join accepted on accepted.clip_id = page.private_id
join cited on cited.clip_id = accepted.clip_id and cited.attribute = accepted.attribute
order by page.clip_id, accepted.attribute
