-- A label states the class, not the age or the income behind it. A folder that is not among these stops
-- the run as an unknown property.
with labels as (
    select *, row_number() over () as place
    from read_csv(
        'dataset/label/*/*.csv',
        header = true, delim = ',', quote = '"', comment = '', skip = 0, all_varchar = true, filename = true
    )
)
select
    null as speaker,
    file_path as path,
    case split_part(filename, '/', -2)
        when 'age' then 'age_class'
        when 'gender' then 'gender'
        when 'Accent' then 'accent_class'
        when 'Education' then 'education'
        when 'Income' then 'income_class'
        when 'Social_Stratum' then 'social_class'
        when 'health_status' then 'health_status'
        when 'Weight' then 'weight_class'
        else split_part(filename, '/', -2)
    end as property,
    value,
    null as unit,
    'recording' as valid_on,
    filename as record_file,
    'line ' || (place - min(place) over (partition by filename) + 2) as locator
from labels
