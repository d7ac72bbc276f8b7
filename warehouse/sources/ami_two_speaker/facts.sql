-- What is recorded is who speaks when: each line of the RTTM and the UEM as it stands, of its file.
-- AMI's participant ids tell gender and native language (groups.inf.ed.ac.uk/ami/corpus/participantids.shtml);
-- no clip here has one participant alone, so that they are not read.
with lines as (
    select
        filename,
        suffix(filename, '.uem') as is_uem,
        unnest(string_split(content, chr(10))) as text,
        generate_subscripts(string_split(content, chr(10)), 1) as line
    from read_text(['*.rttm', '*.uem'])
)
select
    null as speaker,
    string_split(text, ' ')[case when is_uem then 1 else 2 end] || '.wav' as path,
    case when is_uem then 'scored_region' else 'speaker_turn' end as property,
    text as value,
    null as unit,
    'recording' as valid_on,
    filename as record_file,
    'line ' || line as locator
from lines
where text <> ''
