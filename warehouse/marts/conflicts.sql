-- One row: a clip that may be somebody else's, or two speakers who may be one person.
select * exclude (is_doubted) from conflicts order by all
