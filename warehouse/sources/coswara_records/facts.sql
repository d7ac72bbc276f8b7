-- One table a date, each with other columns in another order. A column that a table lacks was not asked
-- there and makes no fact; an empty field makes a fact without a value. A column that is not in `recorded`
-- stops the run as an unknown property, a table without id or record_date as well.
with cells as (
    select record_file, record_line, position, content
    from read_table(
        '**/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9].csv', header := false, union_by_name := true
    ) as tables
    unpivot include nulls (content for position in (columns('^column\d+$')))
),
headers as (
    select record_file, position, content as field
    from cells
    where record_line = 1 and content is not null
),
fields as (
    select record_file, record_line, field, content as value
    from cells
    join headers using (record_file, position)
    where record_line > 1
),
people as (
    select
        record_file,
        record_line,
        any_value(value) filter (field = 'id') as id,
        any_value(value) filter (field = 'record_date') as record_date,
        count(*) filter (field in ('id', 'record_date')) as keys
    from fields
    group by record_file, record_line
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
    if(keys = 2, id, error(record_file || ': no column id or no column record_date')) as speaker,
    null as path,
    coalesce(property, field) as property,
    value,
    unit,
    record_date as valid_on,
    record_file,
    'line ' || record_line || ', column ' || field as locator
from fields
join people using (record_file, record_line)
left join recorded using (field)
where field not in ('id', 'record_date')
