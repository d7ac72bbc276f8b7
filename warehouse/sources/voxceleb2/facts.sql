-- The three knowledge bases one by one, so that their agreement shows. The table's own gender, birth_year
-- and speaker_age are computed from them, and Name, title and description only identify.
-- A row is a video and repeats its speaker's record: the first row stands for all of them.
with speakers as (
    -- The website's table is separated by " ,", an older one that begins with the names by tabs.
    select trim("VoxCeleb2 ID") as speaker, Gender as gender, row_number() over () + 1 as line
    from read_csv('vox2_meta.csv', header = true, comment = '', skip = 0, all_varchar = true)
),
videos as (
    select *, row_number() over () as row
    from read_csv(
        'final_dataframe_extended.csv',
        header = true, delim = ',', quote = '"', comment = '', skip = 0, all_varchar = true
    )
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
    select VoxCeleb_ID as speaker, field, value, min(row) as row
    from videos
    unpivot include nulls (
        value for field in (
            gender_wiki, gender_dbpedia, gender_gkg,
            birth_date_wiki, birth_date_dbpedia, birth_date_gkg,
            nationality_wiki, nationality_dbpedia, nationality_gkg
        )
    )
    -- It covers the speakers of VoxCeleb1 as well.
    where VoxCeleb_ID in (select speaker from speakers)
    group by all
)
select
    speaker,
    null as path,
    property,
    value,
    null as unit,
    null as valid_on,
    'final_dataframe_extended.csv' as record_file,
    'row ' || row || ', column ' || field as locator
from persons
join recorded using (field)
union all
select
    speaker,
    null,
    'gender',
    gender,
    null,
    null,
    'vox2_meta.csv',
    'line ' || line || ', column Gender'
from speakers
