-- One row: how many listed files could not be read, or clips heard, for a reason that may pass.
select
    (select count(*) from listings semi join unread_files using (source, path))
    + (select count(*) from segmented_clips where is_pending and reason is not null) as count_files
