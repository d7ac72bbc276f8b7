-- One table a date, each with other columns in another order. A column that a table lacks was not asked
-- there and makes no fact; an empty field makes a fact without a value. A column that is not in `recorded`
-- stops the run as an unknown property.
with tables as (
    select *, row_number() over () as place
    from read_csv(
        '**/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9].csv',
        header = true, delim = ',', quote = '"', comment = '', skip = 0,
        all_varchar = true, union_by_name = true, filename = true
    )
),
answers as (
    select * exclude (place), place - min(place) over (partition by filename) + 2 as line
    from tables
),
headers as (
    select filename, unnest(string_split(rtrim(string_split(content, chr(10))[1], chr(13)), ',')) as field
    from read_text('**/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9].csv')
),
-- csv_labels_legend.json says what the columns mean.
recorded (field, property, unit) as (
    values
        ('a', 'age', 'years'),
        ('g', 'gender', null),
        ('l_c', 'country', null),
        ('l_s', 'state', null),
        ('l_l', 'locality', null),
        ('ep', 'english_proficiency', null),
        ('rU', 'returning_user', null),
        ('um', 'mask_worn', null),
        ('covid_status', 'health_status', null),
        ('test_status', 'covid_test', null),
        ('testType', 'test_type', null),
        ('test_date', 'test_date', null),
        ('vacc', 'vaccination', null),
        ('ctScan', 'ct_scan', null),
        ('ctDate', 'ct_scan_date', null),
        ('ctScore', 'ct_score', null),
        ('bd', 'breathing_difficulties', null),
        ('cld', 'chronic_lung_disease', null),
        ('ftg', 'fatigue', null),
        ('ht', 'hypertension', null),
        ('ihd', 'ischemic_heart_disease', null),
        ('mp', 'muscle_pain', null),
        ('st', 'sore_throat', null),
        ('others_resp', 'other_respiratory_illness', null),
        ('others_preexist', 'other_preexisting_condition', null)
        -- asthma, cold, cough, diabetes, diarrhoea, fever, loss_of_smell, pneumonia, smoker, dT and fV
        -- are called so here too.
)
select
    id as speaker,
    null as path,
    coalesce(property, field) as property,
    value,
    unit,
    record_date as valid_on,
    filename as record_file,
    'line ' || line || ', column ' || field as locator
from answers
unpivot include nulls (value for field in (columns(* exclude (id, record_date, filename, line))))
semi join headers using (filename, field)
left join recorded using (field)
