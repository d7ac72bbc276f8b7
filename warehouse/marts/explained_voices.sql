-- One row: what models heard in a clip, and what of it is taken for its speaker's.
select
    segmented_clips.speech_seconds,
    len(segmented_clips.voices) as count_voices,
    coalesce(targets.second_voice, segmented_clips.second_voice) as second_voice,
    targets.likeness,
    targets.start_seconds,
    targets.end_seconds,
    segmented_clips.transcription,
    segmented_clips.transcription_detail,
    len(segmented_clips.words) as count_words,
    segmented_clips.language,
    segmented_clips.language_probability,
    segmented_clips.witness
from segmented_clips
left join targets using (clip_id)
where segmented_clips.clip_id = getvariable('clip_id') and segmented_clips.voices is not null
