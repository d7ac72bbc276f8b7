-- Records without recordings.
select null as path, null as speaker, null as recorded_on, null as transcript
where false
