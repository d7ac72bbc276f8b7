-- State of which clips nothing is kept: none in which people heard one voice, so that a label is accepted.
delete from rejections where origin = 'identify';

insert into rejections by name
select 'identify' as origin, 'segment' as stage, source, entity, 'clip' as kind, clip_id as subject, reason, detail
from targets
where reason is not null and clip_id not in (select clip_id from labels where verdict = 'accepted');
