-- Hindi_master/English_Hindi/RECS/.../Hin_0001_Eng_f_0000.wav: native language, speaker, language read,
-- gender, utterance. Line item0000 of Hindi_master/scripts/.../Hin_0001_Eng_f.txt holds its words.
with recordings as (
    select
        path,
        regexp_extract(
            path,
            '^[^/]+_master/[^/]+/RECS/(?:.*/)?(([A-Z][a-z]{2}_\d{4})_[A-Z][a-z]{2}_[fm])_(\d{4})\.wav$',
            ['script', 'speaker', 'utterance']
        ) as name
    from files
),
sentences as (
    select
        parse_filename(record_file, true) as script,
        regexp_extract(text, '^item(\d{4})\t(.*)$', ['utterance', 'words']) as sentence
    from read_lines('*_master/scripts/*/*.txt')
)
select
    path,
    name.speaker as speaker,
    null as recorded_on,
    sentence.words as transcript
from recordings
left join sentences on sentences.script = name.script and sentence.utterance = name.utterance
where name.speaker <> ''
