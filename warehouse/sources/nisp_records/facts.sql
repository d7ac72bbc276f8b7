-- Upstream calls the table total_spkrinfo.list. Its units stand in README.md, lines 78 and 79.
with recorded (field, property, unit) as (
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
)
select
    Speaker_ID as speaker,
    null as path,
    property,
    value,
    unit,
    'recording' as valid_on,
    record_file,
    'line ' || record_line || ', column ' || field as locator
from read_table('*spkrinfo.list', delim := ' ', quote := '') as speakers
unpivot include nulls (
    value for field in (
        Gender, Mother_Tongue, Height, Shoulder_size, Waist_size, Weight, Age, Native_State, Native_District
    )
)
join recorded using (field)
union all
-- Hin_0001___TST: a speaker and the split that the authors put them in
select
    split_part(text, '___', 1),
    null,
    'evaluation_split',
    split_part(text, '___', 2),
    null,
    null,
    record_file,
    'line ' || record_line
from read_lines(['test_spkrID', 'train_spkrID'])
where text <> ''
