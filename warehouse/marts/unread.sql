-- One row: how many listed files could not be read, or clips have not been heard or profiled, for a reason that may pass.
select
    (select count(*) from listings semi join unread_files using (source, path))
    + (select count(*) from segmented_clips where is_pending)
    + (select count(*) from profiled_clips where is_pending) as count_files
