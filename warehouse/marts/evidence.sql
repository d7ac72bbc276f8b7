-- One row: a statement that an accepted, published label cites; of those whose published ids begin with `prefix`.
with
cited as (
    select publications.private_id as evidence_id, publications.published_id
    from publications
    where
        kind = 'evidence'
        and starts_with(published_id, getvariable('prefix'))
        and private_id in (
            select unnest(labels.evidence_ids)
            from labels
            join published_clips on published_clips.private_id = labels.clip_id
            where labels.verdict = 'accepted'
        )
),
facts_cited as (
    select evidence.evidence_id, list(publications.published_id order by publications.published_id) as fact_ids
    from (select evidence_id, unnest(fact_ids) as private_id from evidence semi join cited using (evidence_id)) as evidence
    join publications on publications.kind = 'fact' and publications.private_id = evidence.private_id
    group by evidence.evidence_id
)
select
    cited.published_id as evidence_id,
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
left join publications as speaker on speaker.kind = 'speaker' and speaker.private_id = evidence.source || ' ' || evidence.speaker
order by cited.published_id
