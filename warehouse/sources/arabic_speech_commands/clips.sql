-- "The first eight digits of each file name identify the contributor" (README.md, line 23). The folder
-- names the keyword in English; it was spoken in Arabic, so that no transcript is recorded.
select
    path,
    regexp_extract(path, '^dataset/[^/]+/(\d{8})_NO_\d{2}\.wav$', 1) as speaker,
    null as recorded_on,
    null as transcript
from files
where regexp_matches(path, '^dataset/[^/]+/\d{8}_NO_\d{2}\.wav$')
