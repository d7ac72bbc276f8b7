with lines as (
    select
        filename,
        unnest(string_split(content, chr(10))) as text,
        generate_subscripts(string_split(content, chr(10)), 1) as line
    from read_text([
        'train/spk2age', 'train/spk2gender', 'train/utt2spk',
        'test/spk2age', 'test/spk2gender', 'test/utt2spk'
    ])
),
entries as (
    select
        filename,
        line,
        parse_filename(filename) as name,
        regexp_extract(text, '^(\S+)\s+(.*)$', ['key', 'value']) as entry
    from lines
    where text <> ''
),
-- The README says of all speakers at once what their mother tongue is.
readme as (
    select
        filename,
        unnest(string_split(content, chr(10))) as text,
        generate_subscripts(string_split(content, chr(10)), 1) as line
    from read_text('README*.md')
),
statement as (
    select filename, line, regexp_extract(text, 'mother tongue is (\w+)', 1) as language
    from readme
    where text like '%All the speakers are non-native, and their mother tongue is %'
),
speakers as (
    select entry.value as speaker from entries where name = 'utt2spk'
    union
    select entry.key from entries where name <> 'utt2spk'
)
select
    entry.key as speaker,
    null as path,
    case name when 'spk2age' then 'age' else 'gender' end as property,
    entry.value as value,
    case name when 'spk2age' then 'years' end as unit,
    'recording' as valid_on,
    filename as record_file,
    'line ' || line as locator
from entries
where name in ('spk2age', 'spk2gender')
union all
select speaker, null, 'native_language', language, null, 'recording', filename, 'line ' || line
from speakers
-- Without the sentence there is no record_file, which stops the run.
left join statement on true
