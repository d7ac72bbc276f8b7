-- "[spk_id, gender, age, country, native language, health condition (no=no problem)]" (README, Dataset
-- Details); the locator is a JSON pointer.
with speakers as (
    select unnest(content::json[]) as fields, generate_subscripts(content::json[], 1) - 1 as place
    from read_text('meta/all_meta.json')
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
    fields ->> 0 as speaker,
    null as path,
    property,
    fields ->> position as value,
    unit,
    'recording' as valid_on,
    'meta/all_meta.json' as record_file,
    '/' || place || '/' || position as locator
from speakers
cross join recorded
