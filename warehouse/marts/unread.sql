-- One row: how many listed files could not be read, for a reason that may pass.
select count(*) as count_files
from listings
semi join unread_files using (source, path)
