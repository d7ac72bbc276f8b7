-- Remove the ids that another key than the present one made, in a run that published nothing.
delete from publications where key_fingerprint <> getvariable('key_fingerprint')
