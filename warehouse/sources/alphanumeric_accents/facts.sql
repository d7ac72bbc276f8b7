-- Each participant's answers stand in three lines, one a recording: one fact, three sightings.
-- The other columns, Response_ID, file_name, Name, Number and Address, are read by clips.sql.
with answers as (
    select *, row_number() over () + 1 as line
    from read_csv('metadata.csv', header = true, delim = ',', quote = '"', comment = '', skip = 0, all_varchar = true)
),
recorded (field, property, unit) as (
    values
        ('Age', 'age', 'years'),
        ('Gender', 'gender', null),
        ('Nationality', 'nationality', null),
        ('Native Language', 'native_language', null),
        ('Familiarity with English', 'english_familiarity', null),
        ('Accent Strength (Self reported)', 'accent_strength', 'scale from 0 to 10'),
        ('Difficulties', 'difficulty_with_automated_systems', null),
        ('Recording Machine', 'recording_device', null),
        -- how long the survey took, not the recording (dataset_description.upstream.md, line 37)
        ('Duration (secs)', 'survey_duration', 'seconds')
)
select
    Response_ID as speaker,
    null as path,
    property,
    value,
    unit,
    'recording' as valid_on,
    'metadata.csv' as record_file,
    'line ' || line || ', column ' || field as locator
from answers
unpivot include nulls (
    value for field in (
        Age, Gender, Nationality, "Native Language", "Familiarity with English", "Accent Strength (Self reported)",
        Difficulties, "Recording Machine", "Duration (secs)"
    )
)
join recorded using (field)
