-- State which clips the models could not hear.
delete from rejections where origin = 'segment';

insert into rejections by name
select 'segment' as origin, 'segment' as stage, source, entity, 'clip' as kind, clip_id as subject, reason, detail
from segmented_clips
where reason is not null;
