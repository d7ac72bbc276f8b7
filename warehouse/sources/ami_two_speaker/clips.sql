-- A file belongs to a speaker only where the RTTM names no other one in it: two people are no one's clip.
with names as (
    select unnest(string_split(content, chr(10))) as name from read_text('*.lst')
),
lines as (
    select unnest(string_split(content, chr(10))) as text from read_text('*.rttm')
),
turns as (
    select string_split(text, ' ')[2] as name, string_split(text, ' ')[8] as speaker
    from lines
    where starts_with(text, 'SPEAKER ')
)
select
    name || '.wav' as path,
    case when count(distinct speaker) = 1 then any_value(speaker) end as speaker,
    null as recorded_on,
    null as transcript
from names
left join turns using (name)
where name <> ''
group by name
