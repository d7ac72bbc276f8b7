-- A label states the class, not the age or the income behind it. A folder that is not among these stops
-- the run as an unknown property.
select
    null as speaker,
    file_path as path,
    case split_part(record_file, '/', 3)
        when 'age' then 'age_class'
        when 'gender' then 'gender'
        when 'Accent' then 'accent_class'
        when 'Education' then 'education'
        when 'Income' then 'income_class'
        when 'Social_Stratum' then 'social_class'
        when 'health_status' then 'health_status'
        when 'Weight' then 'weight_class'
        else split_part(record_file, '/', 3)
    end as property,
    value,
    null as unit,
    'recording' as valid_on,
    record_file,
    'line ' || record_line as locator
from read_table('dataset/label/**/*.csv')
