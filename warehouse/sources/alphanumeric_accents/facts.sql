-- Each participant's answers stand in three lines, one a recording: one fact, three sightings.
-- The other columns, Response_ID, file_name, Name, Number and Address, are read by clips.sql.
with recorded (field, property, unit) as (
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
    record_file,
    'line ' || record_line || ', column ' || field as locator
from read_table('metadata.csv') as answers
unpivot include nulls (
    value for field in (
        Age, Gender, Nationality, "Native Language", "Familiarity with English", "Accent Strength (Self reported)",
        Difficulties, "Recording Machine", "Duration (secs)"
    )
)
join recorded using (field)
