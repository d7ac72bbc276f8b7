-- Note that the clips in the frame `compared` have been compared with all others.
update fingerprints set is_compared = true from compared where fingerprints.clip_id = compared.clip_id
