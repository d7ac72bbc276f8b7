-- One row: a question that may be asked and that nobody has answered, with what it takes to answer it; in the order in which
-- they are asked. Ids of those of an audit are digests, so that their order is random.
with
unanswered as (
    from questions
    where is_in_budget and question_id not in (select question_id from answers_in_force)
),
recorded as (
    select
        cited.question_id,
        list(
            concat(
                facts.property, ' = ', coalesce(facts.value, '(empty)'), ' ' || facts.unit, ', as at ' || facts.valid_on,
                coalesce(' (' || stated.places || ')', '')
            )
            order by facts.property, facts.fact_id
        ) as facts
    from (select question_id, unnest(fact_ids) as fact_id from unanswered) as cited
    join facts using (fact_id)
    left join (
        select fact_id, string_agg(record_file || ', ' || locator, '; ' order by record_file, locator) as places
        from sightings
        group by fact_id
    ) as stated using (fact_id)
    group by cited.question_id
),
ruled as (
    select question_id, list("rule" order by "rule") as rules from rules_in_question group by question_id
),
disclosed as (
    select clip_id, attribute, list(words order by start_seconds, words) as words
    from disclosures
    where not is_cut
    group by clip_id, attribute
),
-- what the speaker's other clips sound like: the three that are likest to all of them
near as (
    select unanswered.question_id, clips_to_ask.path, clips_to_ask.clip_id, targets.likeness
    from unanswered
    join clips_to_ask using (source, entity)
    left join targets on targets.clip_id = clips_to_ask.clip_id
    where unanswered.kind = 'identity' and clips_to_ask.clip_id <> unanswered.clip_id and targets.reason is null
    qualify row_number() over (
        partition by unanswered.question_id order by targets.likeness desc nulls last, clips_to_ask.clip_id
    ) <= 3
),
compared as (
    select question_id, list(path order by likeness desc nulls last, clip_id) as "references" from near group by question_id
)
select
    unanswered.question_id, unanswered.kind, unanswered.source, unanswered.entity, unanswered.clip_id,
    unanswered.attribute, unanswered.value, unanswered.reasons, claims.path,
    -- what a cell of a spreadsheet holds
    left(claims.transcript, 10000) as transcript,
    clips_to_ask.start_seconds, clips_to_ask.end_seconds,
    recorded.facts, ruled.rules, disclosed.words, compared."references"
from unanswered
left join claims using (clip_id)
left join clips_to_ask using (clip_id)
left join recorded using (question_id)
left join ruled using (question_id)
left join disclosed on disclosed.clip_id = unanswered.clip_id and disclosed.attribute = unanswered.attribute
left join compared using (question_id)
order by unanswered.is_audit desc, case when unanswered.is_audit then 0 else -unanswered.worth end, unanswered.question_id
