-- Upstream calls the table total_spkrinfo.list. Its units stand in README.md, lines 78 and 79.
with speakers as (
    select *, row_number() over () + 1 as line
    from read_csv(
        '*spkrinfo.list',
        delim = ' ', header = true, quote = '', comment = '', skip = 0, all_varchar = true, filename = true
    )
),
recorded (field, property, unit) as (
    values
        ('Gender', 'gender', null),
        ('Mother_Tongue', 'native_language', null),
        ('Height', 'height', 'cm'),
        ('Shoulder_size', 'shoulder_size', 'cm'),
        ('Waist_size', 'waist_size', 'cm'),
        ('Weight', 'weight', 'kg'),
        ('Age', 'age', 'years'),
        ('Native_State', 'home_state', null),
        ('Native_District', 'home_district', null)
),
-- Hin_0001___TST: a speaker and the split that the authors put them in
splits as (
    select
        filename,
        unnest(string_split(content, chr(10))) as text,
        generate_subscripts(string_split(content, chr(10)), 1) as line
    from read_text(['test_spkrID', 'train_spkrID'])
)
select
    Speaker_ID as speaker,
    null as path,
    property,
    value,
    unit,
    'recording' as valid_on,
    filename as record_file,
    'line ' || line || ', column ' || field as locator
from speakers
unpivot include nulls (
    value for field in (
        Gender, Mother_Tongue, Height, Shoulder_size, Waist_size, Weight, Age, Native_State, Native_District
    )
)
join recorded using (field)
union all
select
    split_part(text, '___', 1),
    null,
    'evaluation_split',
    split_part(text, '___', 2),
    null,
    null,
    filename,
    'line ' || line
from splits
where text <> ''
