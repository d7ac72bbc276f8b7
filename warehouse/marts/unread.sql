-- One row: how many listed files could not be read, for a reason that may pass.
select count(*) as count_files
from listings
join files using (source, path)
where files.sha256 is null
