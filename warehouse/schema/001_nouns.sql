-- The nouns. No index or key on the large tables: DuckDB keeps them in memory; the checks in
-- warehouse/checks state what must be unique instead.

-- What is grounded and settled together is an entity: a speaker, or a file without one. A fact about a file
-- belongs to the file's entity (`listed`), and to one of its own where no row of clips.sql names the file.
create macro entity_of(speaker, listed, path) as coalesce('speaker:' || speaker, listed, 'path:' || path);

-- Whose records may speak where: those of an open source everywhere, those of an internal one nowhere else.
create macro tier_rank(tier) as list_position(['open', 'research', 'internal'], tier);

-- one row: a part that has been loaded
create table parts (
    name varchar not null
);

-- one row: a source as last scanned; `tree` digests its files, `definition` its three text files
create table sources (
    source varchar not null,
    title varchar not null,
    citation varchar not null,
    licence varchar not null,
    tier varchar not null check (tier in ('open', 'research', 'internal')),
    kind varchar not null,
    basis varchar,
    permitted_uses varchar[] not null,
    stages varchar[] not null,
    definition varchar not null,
    tree varchar not null
);

-- one row: a path that a source's clips.sql names and that is on disk, as of its latest scan
create table listings (
    source varchar not null,
    path varchar not null,
    size bigint not null,
    mtime_ns bigint not null,
    ctime_ns bigint not null,
    speaker varchar,
    recorded_on varchar,
    transcript varchar,
    entity varchar not null
);

-- one row: a path as last read, with the times that let it pass unread until they change; without a
-- hash where reading failed, `failures` times in a row for this size and these times
create table files (
    source varchar not null,
    path varchar not null,
    size bigint not null,
    mtime_ns bigint not null,
    ctime_ns bigint not null,
    sha256 varchar,
    reason varchar,
    detail varchar,
    witness varchar,
    failures bigint not null,
    check ((sha256 is null) = (reason is not null)),
    check ((sha256 is null) = (failures > 0))
);

-- one row: a file that could not be read for a reason that may pass, and is tried again
create view unread_files as
from files
where sha256 is null and reason <> 'too_large' and failures < 3;

-- one row: what one file's bytes decode to, by one version of the decoding code
create table decodings (
    sha256 varchar not null,
    witness varchar not null,
    clip_id varchar,
    codec varchar,
    decoder varchar,
    rate bigint,
    channels bigint,
    reason varchar,
    detail varchar,
    check ((clip_id is null) <> (reason is null))
);

-- one row: one sound; measurements of the 16 kHz mono mix
create table clips (
    clip_id varchar not null,
    seconds double not null,
    peak_dbfs double,
    rms_dbfs double,
    loudness_lufs double,
    clipped_share double,
    dc_offset double,
    silence_share double,
    snr_db double,
    bandwidth_hz double,
    witness varchar not null
);

-- one row: the part that holds a clip's acoustic fingerprint, which is most of what is known of a clip, and its
-- size in bytes; `compared_by` the version of the code that compared it with all others that have one
create table fingerprints (
    clip_id varchar not null,
    part varchar not null,
    size bigint not null,
    witness varchar not null,
    compared_by varchar
);

-- one row: the clip that stands for one sound, by the file that is kept; derived
create table claims (
    clip_id varchar not null,
    source varchar not null,
    entity varchar not null,
    speaker varchar,
    path varchar not null,
    recorded_on varchar,
    transcript varchar,
    codec varchar not null,
    rate bigint not null,
    channels bigint not null,
    is_contradictory boolean not null
);

-- one row: a file that holds the sound of a clip with a claim, kept or not, and may speak of it: what is recorded
-- of any of them is said of the clip; derived
create table copies (
    clip_id varchar not null,
    source varchar not null,
    entity varchar not null,
    speaker varchar,
    path varchar not null,
    recorded_on varchar
);

-- one row: a recorded property, once for ever; it votes while a sighting stands
create table facts (
    fact_id varchar not null,
    source varchar not null,
    speaker varchar,
    path varchar,
    property varchar not null,
    value varchar,
    unit varchar,
    valid_on varchar,
    check ((speaker is null) <> (path is null))
);

-- one row: a fact, with the entity that it is about
create view entity_facts as
select facts.*, entity_of(facts.speaker, listings.entity, facts.path) as entity
from facts
left join listings on listings.source = facts.source and listings.path = facts.path;

-- one row: where a fact stands in the latest scan
create table sightings (
    fact_id varchar not null,
    source varchar not null,
    record_file varchar not null,
    locator varchar not null
);

-- one row: a record file as last scanned
create table record_files (
    source varchar not null,
    record_file varchar not null,
    sha256 varchar not null
);

-- one row: a maintainer's correction of a fact; `corrected_id` is null where the fact is withdrawn
create table corrections (
    fact_id varchar not null,
    corrected_id varchar,
    author varchar not null,
    corrected_on varchar not null,
    reason varchar not null,
    reference varchar not null
);

-- one row: a fact as read: its normalised value and the rule that mapped it; derived
create table readings (
    fact_id varchar not null,
    source varchar not null,
    entity varchar not null,
    reading varchar,
    rule varchar not null
);

-- one row: one witness's statement on one attribute of an entity as recorded on one date; derived
create table evidence (
    evidence_id varchar not null,
    source varchar not null,
    entity varchar not null,
    speaker varchar,
    path varchar,
    recorded_on varchar,
    attribute varchar not null,
    "values" varchar[] not null,
    witness varchar not null,
    rule varchar not null,
    fact_ids varchar[] not null check (len(fact_ids) > 0)
);

-- one row: what consensus concluded on one attribute of one clip; derived
create table labels (
    clip_id varchar not null,
    source varchar not null,
    entity varchar not null,
    attribute varchar not null,
    value varchar,
    verdict varchar not null check (verdict in ('accepted', 'contested', 'rejected')),
    reasons varchar[] not null,
    confidence double,
    evidence_ids varchar[] not null check (len(evidence_ids) > 0),
    fact_ids varchar[] not null,
    check (verdict <> 'accepted' or (value is not null and len(fact_ids) > 0 and len(reasons) = 0)),
    check (verdict = 'accepted' or len(reasons) > 0)
);

-- one row: a subject that left, the stage and the reason. `origin` is the step that states it and replaces it (scan,
-- correct, decode, judge, duplicate, copy, read, render); `entity` is set where it is derived by entity
create table rejections (
    origin varchar not null,
    stage varchar not null,
    source varchar not null,
    entity varchar,
    kind varchar not null,
    subject varchar not null,
    attribute varchar,
    reason varchar not null,
    detail varchar
);

-- one row: an entity, and the digest of what a stage last made its rows from
create table settled_entities (
    stage varchar not null,
    source varchar not null,
    entity varchar not null,
    inputs varchar not null
);

-- one row: two clips that sound like copies of one recording
create table copy_pairs (
    clip_id varchar not null,
    other_id varchar not null,
    score double not null
);

-- one row: a published id, what it stands for, and the key that made it
create table publications (
    published_id varchar not null,
    kind varchar not null,
    private_id varchar not null,
    key_fingerprint varchar not null
);

-- one row: how long a stage took, to estimate the next run
create table timings (
    stage varchar not null,
    items bigint not null,
    seconds double not null
);
