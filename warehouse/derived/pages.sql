-- Cut the clips in use into pages to be compared, those that have been compared first: the temporary table
-- `pages`. A page has `clips` clips, or fewer where their fingerprints take more than `bytes`.
create or replace temp table pages as
with placed as (
    select
        clip_id, part, source, path, compared_by is not null as is_compared,
        sum(greatest(size, getvariable('bytes') // getvariable('clips')))
            over (partition by is_compared order by source, path) // getvariable('bytes') as page
    from fingerprints
    join candidates using (clip_id)
)
select clip_id, part, is_compared, dense_rank() over (order by not is_compared, page) as page
from placed
order by page, source, path;
