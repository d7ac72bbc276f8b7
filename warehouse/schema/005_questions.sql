-- What people are asked, what they answer, and how wrong the accepted labels may be.

-- one row: a question put to people; derived. `is_in_budget`: it may be asked, the others wait
create table questions (
    question_id varchar not null,
    kind varchar not null check (kind in ('record', 'identity', 'voices', 'words', 'quality', 'hearing')),
    source varchar not null,
    entity varchar not null,
    clip_id varchar,
    attribute varchar,
    value varchar,
    fact_ids varchar[] not null,
    reasons varchar[] not null check (len(reasons) > 0),
    count_labels bigint not null,
    chance_wrong double not null,
    minutes double not null,
    worth double not null,
    is_audit boolean not null,
    is_in_budget boolean not null,
    check ((clip_id is null) = (kind = 'record')),
    check ((attribute is null) = (kind in ('identity', 'voices', 'quality')))
);

-- one row: one person's answer to a question, whole, and what the question was about; of answers, no row is ever changed
create table answers (
    answer_id varchar not null,
    kind varchar not null,
    source varchar not null,
    entity varchar not null,
    clip_id varchar,
    attribute varchar,
    value varchar,
    fact_ids varchar[] not null,
    question_id varchar not null,
    annotator varchar not null,
    answered_at varchar not null,
    seconds double,
    choice varchar not null,
    "rule" varchar,
    property varchar,
    fact_value varchar,
    unit varchar,
    valid_on varchar,
    reference varchar,
    licence varchar,
    "comment" varchar
);

-- one row: an answer that counts: the latest of its annotator to its question, if it is an answer at all
create view answers_in_force as
from (
    from answers
    qualify row_number() over (partition by question_id, annotator order by answered_at desc, answer_id) = 1
)
where choice not in ('cannot_play', 'recognised_person', 'distressing', 'skipped');

-- one row: a rule that read a record in question
create view rules_in_question as
select distinct questions.question_id, evidence."rule"
from questions
join (select source, entity, attribute, fact_ids, unnest(evidence_ids) as evidence_id from labels) as labels
    on labels.source = questions.source and labels.entity = questions.entity
    and labels.attribute = questions.attribute and labels.fact_ids = questions.fact_ids
join evidence using (evidence_id)
where questions.kind = 'record' and starts_with(evidence.witness, 'record/');

-- one row: a clip that people may be asked about: its source takes part, somebody is heard in it, and what is kept of it
-- gives nobody's name away
create view clips_to_ask as
select claims.clip_id, claims.source, claims.entity, claims.path, targets.start_seconds, targets.end_seconds
from claims
join sources using (source)
left join targets using (clip_id)
where
    list_contains(sources.stages, 'verify')
    and (not list_contains(sources.stages, 'segment') or (targets.clip_id is not null and targets.reason is distinct from 'no_speech'))
    and claims.clip_id not in (select clip_id from personal_disclosures);

-- one row: how wrong the accepted labels of an attribute may be, as far as a method tells; derived
create table audits (
    attribute varchar not null,
    method varchar not null check (method in ('hearing', 'second_record', 'mapping')),
    count_speakers bigint not null,
    count_audited bigint not null,
    count_wrong bigint not null,
    bound double,
    check ((bound is null) = (count_audited = 0))
);
