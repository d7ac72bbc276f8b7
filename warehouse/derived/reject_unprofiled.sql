-- State which clips could not be profiled.
delete from rejections where origin = 'profile';

insert into rejections by name
select 'profile' as origin, 'profile' as stage, source, entity, 'clip' as kind, clip_id as subject, reason, detail
from profiled_clips
where reason is not null;
