-- One row of each query below is one property, with the field that records it.
with readme as (
    select *
    from read_lines('README.md')
    where text = 'No speaker had a fever on the day of a recording.'
),
at_enrolment as (
    select
        speaker, record_file, record_line,
        unnest([
            {property: 'birth_date', value: birth_date, unit: null, valid_on: null, field: 'birth_date'},
            {property: 'gender', value: gender, unit: null, valid_on: null, field: 'gender'},
            {property: 'native_language', value: mother_tongue, unit: null, valid_on: null, field: 'mother_tongue'},
            {property: 'nationality', value: nationality, unit: null, valid_on: enrolled_on, field: 'nationality'},
            {property: 'education', value: education, unit: null, valid_on: enrolled_on, field: 'education'},
            {property: 'household_income', value: income, unit: income_unit, valid_on: enrolled_on, field: 'income'},
            {property: 'income_class', value: income_class, unit: null, valid_on: enrolled_on, field: 'income_class'},
            {property: 'social_class', value: social_class, unit: null, valid_on: enrolled_on, field: 'social_class'},
            {property: 'shoe_size', value: shoe_size, unit: 'EU', valid_on: enrolled_on, field: 'shoe_size'}
        ], recursive := true)
    from read_table('registry/speakers.csv')
),
at_the_clinic as (
    select
        subject as speaker, record_file, record_line,
        unnest([
            {property: 'gender', value: sex, unit: null, valid_on: null, field: 'sex'},
            {property: 'age', value: age, unit: 'years', valid_on: measured_on, field: 'age'},
            {property: 'height', value: height, unit: height_unit, valid_on: measured_on, field: 'height'},
            {property: 'weight', value: weight, unit: weight_unit, valid_on: measured_on, field: 'weight'},
            {property: 'waist', value: waist, unit: 'cm', valid_on: measured_on, field: 'waist'},
            {property: 'health_status', value: status, unit: null, valid_on: measured_on, field: 'status'},
            {property: 'asthma', value: asthma, unit: null, valid_on: measured_on, field: 'asthma'},
            {property: 'cold', value: cold, unit: null, valid_on: measured_on, field: 'cold'},
            {property: 'diabetes', value: diabetes, unit: null, valid_on: measured_on, field: 'diabetes'}
        ], recursive := true)
    from read_table('registry/clinic.tsv', delim := '\t', quote := '')
),
in_biographies as (
    select
        json ->> 'speaker' as speaker, record_file, record_line,
        unnest([
            {property: 'birth_date', value: json ->> 'born', valid_on: null, field: 'born'},
            {property: 'education', value: json ->> 'education', valid_on: json ->> 'written', field: 'education'},
            {property: 'social_class', value: json ->> 'class', valid_on: json ->> 'written', field: 'class'},
            {property: 'occupation', value: json ->> 'occupation', valid_on: json ->> 'written', field: 'occupation'}
        ], recursive := true)
    from read_json('registry/biographies.jsonl', lines := true)
)
select
    speaker, null as path, property, value, unit, valid_on,
    record_file, 'line ' || record_line || ', column ' || field as locator
from at_enrolment
union all
select speaker, null, property, value, unit, valid_on, record_file, 'line ' || record_line || ', column ' || field
from at_the_clinic
union all
select speaker, null, property, value, null, valid_on, record_file, 'line ' || record_line || ', key ' || field
from in_biographies
union all
select null, file, 'cold', cold, null, 'recording', record_file, 'line ' || record_line || ', column cold'
from read_table('recordings.csv')
union all
-- Without the sentence there is no record_file, which stops the run.
select
    registry.speaker, null, 'fever', 'no', null, 'recording', readme.record_file, 'line ' || readme.record_line
from read_table('registry/speakers.csv') as registry
left join readme on true
