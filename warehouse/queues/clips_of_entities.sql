-- One row: a clip of the entities in the frame `batch`, what was heard in it if anything was, and the bounds of its cut.
select
    claims.clip_id, claims.source, claims.entity, clips.seconds,
    claims.transcript,
    segmented_clips.words,
    segmented_clips.second_voice,
    segmented_clips.voices,
    segmented_clips.alternative_voices,
    coalesce(sources.shortest_cut, getvariable('shortest_cut')) as shortest_cut,
    coalesce(sources.longest_cut, getvariable('longest_cut')) as longest_cut
from claims
semi join batch using (source, entity)
join sources using (source)
join clips using (clip_id)
left join segmented_clips using (clip_id)
order by claims.source, claims.entity, claims.clip_id
