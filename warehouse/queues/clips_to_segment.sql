-- One row: a clip that the models in use have not heard, or not with what its source now says was said.
select
    segmented_clips.clip_id, segmented_clips.source, segmented_clips.entity, segmented_clips.path,
    segmented_clips.transcript, clips.seconds,
    case
        when segmented_clips.reason is not null then 'failed before'
        when former.clip_id is null then 'new'
        when former.is_other_model then 'models changed'
        else 'transcript changed'
    end as why
from segmented_clips
join clips using (clip_id)
left join (
    select clip_id, bool_and(witness not in (select witness from models)) as is_other_model
    from segmentations
    group by clip_id
) as former using (clip_id)
where segmented_clips.is_pending or (getvariable('rehash') and segmented_clips.reason is not null)
order by segmented_clips.source, segmented_clips.path
