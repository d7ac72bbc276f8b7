with entries as (
    select
        record_file,
        record_line,
        parse_filename(record_file) as name,
        regexp_extract(text, '^(\S+)\s*(.*)$', ['key', 'value']) as entry
    from read_lines([
        'train/spk2age', 'train/spk2gender', 'train/utt2spk',
        'test/spk2age', 'test/spk2gender', 'test/utt2spk'
    ])
    where text <> ''
),
-- The README says of all speakers at once what their mother tongue is.
statement as (
    select record_file, record_line, regexp_extract(text, 'mother tongue is (\w+)', 1) as language
    from read_lines('README*.md')
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
    record_file,
    'line ' || record_line as locator
from entries
where name in ('spk2age', 'spk2gender')
union all
select speaker, null, 'native_language', language, null, 'recording', record_file, 'line ' || record_line
from speakers
-- Without the sentence there is no record_file, which stops the run.
left join statement on true
