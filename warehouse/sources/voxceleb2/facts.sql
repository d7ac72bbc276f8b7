-- The three knowledge bases one by one, so that their agreement shows. The table's own gender, birth_year
-- and speaker_age are computed from them, and Name, title and description only identify.
-- A row is a video and repeats its speaker's record: the first row stands for all of them. It covers the
-- speakers of VoxCeleb1 as well, whose facts are kept without a recording.
with meta as (
    -- The website's table is separated by " ,", an older one that begins with the names by tabs.
    select record_file, record_line, string_split_regex(text, '[,\t]') as fields
    from read_lines('vox2_meta.csv')
    where trim(text) <> ''
),
header as (
    select
        list_position(names, 'VoxCeleb2 ID') as speaker,
        list_position(names, 'Gender') as gender
    from (select list_transform(fields, lambda field: trim(field)) as names from meta where record_line = 1)
),
recorded (field, property) as (
    values
        ('gender_wiki', 'gender'),
        ('gender_dbpedia', 'gender'),
        ('gender_gkg', 'gender'),
        ('birth_date_wiki', 'birth_date'),
        ('birth_date_dbpedia', 'birth_date'),
        ('birth_date_gkg', 'birth_date'),
        ('nationality_wiki', 'nationality'),
        ('nationality_dbpedia', 'nationality'),
        ('nationality_gkg', 'nationality')
),
persons as (
    select VoxCeleb_ID as speaker, field, value, record_file, min(record_line) as record_line
    from read_table('final_dataframe_extended.csv') as videos
    unpivot include nulls (
        value for field in (
            gender_wiki, gender_dbpedia, gender_gkg,
            birth_date_wiki, birth_date_dbpedia, birth_date_gkg,
            nationality_wiki, nationality_dbpedia, nationality_gkg
        )
    )
    group by all
)
select
    speaker,
    null as path,
    property,
    value,
    null as unit,
    null as valid_on,
    record_file,
    'line ' || record_line || ', column ' || field as locator
from persons
join recorded using (field)
union all
select
    trim(fields[coalesce(header.speaker, error('vox2_meta.csv: no column VoxCeleb2 ID'))]),
    null,
    'gender',
    fields[coalesce(header.gender, error('vox2_meta.csv: no column Gender'))],
    null,
    null,
    record_file,
    'line ' || record_line || ', column Gender'
from meta
cross join header
where record_line > 1
