-- A participant recorded three prompts; Name, Number and Address are made-up texts to read aloud
-- (dataset_description.upstream.md, line 7): what the recording says, not who the person is.
select
    file_name as path,
    Response_ID as speaker,
    null as recorded_on,
    case split_part(file_name, '/', 2)
        when 'Names' then Name
        when 'Numbers' then Number
        when 'Addresses' then Address
    end as transcript
from read_table('metadata.csv')
