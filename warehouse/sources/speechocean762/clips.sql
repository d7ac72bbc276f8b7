-- Kaldi tables in train/ and test/: a key, white space, and the rest of the line.
with tables as (
    select
        filename,
        parse_dirpath(filename) as folder,
        parse_filename(filename) as name,
        unnest(string_split(content, chr(10))) as text
    from read_text([
        'train/wav.scp', 'train/utt2spk', 'train/text',
        'test/wav.scp', 'test/utt2spk', 'test/text'
    ])
),
entries as (
    select
        folder,
        name,
        regexp_extract(text, '^(\S+)\s+(.*)$', ['key', 'value']) as entry
    from tables
    where text <> ''
)
select
    wav.entry.value as path,
    speakers.entry.value as speaker,
    null as recorded_on,
    texts.entry.value as transcript
from entries as wav
left join entries as speakers
    on speakers.folder = wav.folder and speakers.name = 'utt2spk' and speakers.entry.key = wav.entry.key
left join entries as texts
    on texts.folder = wav.folder and texts.name = 'text' and texts.entry.key = wav.entry.key
where wav.name = 'wav.scp'
