-- What records agree on, what voices say of it, and how sure a label is.

-- one row: what all records together leave possible on one attribute of one clip; derived
create table agreements (
    clip_id varchar not null,
    source varchar not null,
    entity varchar not null,
    attribute varchar not null,
    "values" varchar[] not null,
    evidence_ids varchar[] not null check (len(evidence_ids) > 0),
    fact_ids varchar[] not null,
    is_contradictory boolean not null
);

-- one row: the class that records give a clip, where they leave one
create view recorded as
select clip_id, source, entity, attribute, "values"[1] as value
from agreements
where len("values") = 1 and "values"[1] <> 'outside';

-- one row: what a model estimates of an attribute of a clip's speaker, who is none of those that it learnt from; derived
create table estimates (
    clip_id varchar not null,
    source varchar not null,
    entity varchar not null,
    attribute varchar not null,
    witness varchar not null,
    chances struct("value" varchar, probability double)[] not null
);

-- one row: how well a model tells an attribute of speakers, or of sources, that it did not learn from; derived
create table skills (
    attribute varchar not null,
    witness varchar not null,
    held_out varchar not null check (held_out in ('speakers', 'sources')),
    count_speakers bigint not null,
    skill double,
    low double,
    high double,
    is_used boolean not null
);

-- one row: a clip that does not sound like its speaker's others, or two speakers who sound like one person, how likely
-- that is, and whether it is likely enough to doubt a label; derived
create table conflicts (
    kind varchar not null check (kind in ('misfiled', 'same_person')),
    source varchar not null,
    entity varchar not null,
    clip_id varchar,
    other_source varchar,
    other_entity varchar,
    likeness double,
    probability double not null,
    is_doubted boolean not null
);

-- one row: how often the records of a source on an attribute are wrong, as far as voices tell; derived
create table reliabilities (
    source varchar not null,
    attribute varchar not null,
    error double not null,
    count_speakers bigint not null
);

-- one row: how likely the class that records give a clip is right; derived
create table weights (
    clip_id varchar not null,
    source varchar not null,
    entity varchar not null,
    attribute varchar not null,
    confidence double not null,
    is_contradicted boolean not null
);

-- one row: what the tables that hold for the whole corpus were last made from
create table weighings (
    inputs varchar not null
);

-- one row: what speaks against a label of a clip, or (`attribute` null) against all of them, beside voice and records
create view doubts as
select source, entity, clip_id, attribute, 'words_give_it_away' as reason
from disclosures
where not is_cut
union
select source, entity, clip_id, null, 'second_voice'
from targets
where reason in ('target_unknown', 'no_clean_stretch')
union
select source, entity, clip_id, null, 'quality'
from targets
where reason = 'no_speech'
union
select source, entity, clip_id, null, 'identity_doubtful'
from conflicts
where kind = 'misfiled' and is_doubted;
