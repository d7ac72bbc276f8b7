-- Kaldi tables in train/ and test/: a key, white space, and the rest of the line.
with entries as (
    select
        parse_dirpath(record_file) as folder,
        parse_filename(record_file) as name,
        regexp_extract(text, '^(\S+)\s*(.*)$', ['key', 'value']) as entry
    from read_lines([
        'train/wav.scp', 'train/utt2spk', 'train/text',
        'test/wav.scp', 'test/utt2spk', 'test/text'
    ])
    where text <> ''
),
-- What only utt2spk or text names ends as a row without a path.
utterances as (
    select distinct folder, entry.key as key from entries
)
select
    wav.entry.value as path,
    speakers.entry.value as speaker,
    null as recorded_on,
    texts.entry.value as transcript
from utterances
left join entries as wav
    on wav.folder = utterances.folder and wav.name = 'wav.scp' and wav.entry.key = utterances.key
left join entries as speakers
    on speakers.folder = utterances.folder and speakers.name = 'utt2spk' and speakers.entry.key = utterances.key
left join entries as texts
    on texts.folder = utterances.folder and texts.name = 'text' and texts.entry.key = utterances.key
