-- One row: a clip, and what a model could know of it that must not matter: what the voice does not decide.
select
    claims.clip_id,
    claims.source,
    claims.entity,
    -- as published: what a cut leaves out nobody hears
    coalesce(targets.end_seconds - targets.start_seconds, clips.seconds) as seconds,
    clips.loudness_lufs,
    clips.bandwidth_hz,
    clips.silence_share,
    clips.snr_db,
    claims.codec,
    claims.rate,
    claims.channels,
    listings.size,
    length(claims.transcript) as characters
from claims
join clips using (clip_id)
left join listings using (source, path)
left join targets using (clip_id)
order by claims.clip_id
