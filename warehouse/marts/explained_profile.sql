-- One row: a voice of a clip as profiled, and what classifiers say of it on one attribute if one is asked for: the voices
-- heard, or the alternative ones where the target is one of those.
select
    profile.*,
    coalesce(targets.voice, 1) = profile.voice and targets.reason is distinct from 'target_unknown' as is_target,
    [
        {'classifier': one.classifier, 'attribute': one.attribute, 'value': one.value, 'probability': one.probability}
        for one in judgements
        if one.voice = profile.voice and one.is_alternative = profile.is_alternative
            and coalesce(one.attribute = getvariable('attribute')::varchar, true)
    ] as judgements
from (select clip_id, unnest(voices) as profile, judgements from profiled_clips) as profiled
left join targets using (clip_id)
where clip_id = getvariable('clip_id') and profile.is_alternative = coalesce(targets.is_alternative, false)
order by profile.voice
