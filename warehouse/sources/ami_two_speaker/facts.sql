-- What is recorded is who speaks when: each line of the RTTM and the UEM as it stands, of its file.
-- AMI's participant ids tell gender and native language (groups.inf.ed.ac.uk/ami/corpus/participantids.shtml);
-- no clip here has one participant alone, so that they are not read.
select
    null as speaker,
    string_split_regex(text, '\s+')[if(suffix(record_file, '.uem'), 1, 2)] || '.wav' as path,
    if(suffix(record_file, '.uem'), 'scored_region', 'speaker_turn') as property,
    text as value,
    null as unit,
    'recording' as valid_on,
    record_file,
    'line ' || record_line as locator
from read_lines(['*.rttm', '*.uem'])
where text <> ''
