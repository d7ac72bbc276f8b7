-- One row: a statement that an accepted, published label cites.
with
cited as (
    select distinct unnest(labels.evidence_ids) as evidence_id
    from labels
    join published_clips on published_clips.private_id = labels.clip_id
    where labels.verdict = 'accepted'
),
facts_cited as (
    select evidence.evidence_id, list(publications.published_id order by publications.published_id) as fact_ids
    from (select evidence_id, unnest(fact_ids) as private_id from evidence) as evidence
    join publications on publications.kind = 'fact' and publications.private_id = evidence.private_id
    group by evidence.evidence_id
)
select
    own.published_id as evidence_id,
    speaker.published_id as speaker_id,
    evidence.source,
    evidence.attribute,
    evidence."values",
    evidence.witness,
    -- how a word was misspelt is the record's own
    regexp_replace(evidence.rule, 'spelling: .* → ', 'spelling of ') as rule,
    facts_cited.fact_ids
from cited
join evidence using (evidence_id)
join facts_cited using (evidence_id)
join publications as own on own.kind = 'evidence' and own.private_id = cited.evidence_id
left join publications as speaker on speaker.kind = 'speaker' and speaker.private_id = evidence.source || ' ' || evidence.speaker
order by own.published_id
