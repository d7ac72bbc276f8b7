-- The corpus records nothing of its contributors, not even that their native language is Arabic.
select
    null as speaker,
    null as path,
    null as property,
    null as value,
    null as unit,
    null as valid_on,
    null as record_file,
    null as locator
where false
