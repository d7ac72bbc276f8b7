-- "[spk_id, gender, age, country, native language, health condition (no=no problem)]" (README, Dataset
-- Details); the locator is a JSON pointer.
with speakers as (
    select
        record_file,
        unnest(json -> '$[*]') as fields,
        generate_subscripts(json -> '$[*]', 1) - 1 as place
    from read_json('meta/all_meta.json')
),
recorded (position, property, unit) as (
    values
        (1, 'gender', null),
        (2, 'age', 'years'),
        (3, 'country', null),
        (4, 'native_language', null),
        (5, 'health_problem', null)
)
select
    if(json_array_length(fields) = 6, fields ->> 0, error('meta/all_meta.json: not six fields: ' || fields)) as speaker,
    null as path,
    property,
    fields ->> position as value,
    unit,
    'recording' as valid_on,
    record_file,
    '/' || place || '/' || position as locator
from speakers
cross join recorded
