-- A file belongs to a speaker only where the RTTM names no other one in it: two people are no one's clip.
with turns as (
    select string_split_regex(text, '\s+')[2] as name, string_split_regex(text, '\s+')[8] as speaker
    from read_lines('*.rttm')
    where starts_with(text, 'SPEAKER ')
)
select
    text || '.wav' as path,
    case when count(distinct speaker) = 1 then any_value(speaker) end as speaker,
    null as recorded_on,
    null as transcript
from read_lines('*.lst') as names
left join turns on turns.name = names.text
where text <> ''
group by text
