-- audio_16k/f0003_0_cough.wav: speaker, collection, sound. audio_44k/ holds the same recordings again.
select
    path,
    regexp_extract(path, '^audio_16k/([fm]\d{4})_\d+_[a-z]+\.wav$', 1) as speaker,
    null as recorded_on,
    null as transcript
from files
where regexp_matches(path, '^audio_16k/[fm]\d{4}_\d+_[a-z]+\.wav$')
