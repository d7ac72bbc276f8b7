-- Load what the transcripts of one batch of entities give away, the frame `incoming`.
insert into disclosures by name from incoming;
