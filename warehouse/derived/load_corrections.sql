-- Replace the corrections: the frames `corrected_facts`, `links` and `unmatched`, all empty where there are none.
delete from sightings where fact_id in (select corrected_id from corrections);
delete from corrections;
delete from rejections where origin = 'correct';

insert into corrections by name
select * exclude (line) from links;

insert into facts by name
from corrected_facts
where fact_id not in (select fact_id from facts);

insert into sightings by name
select
    corrected_facts.fact_id, corrected_facts.source,
    getvariable('file') as record_file, 'line ' || links.line as locator
from corrected_facts
join links on links.corrected_id = corrected_facts.fact_id;

insert into rejections by name
select 'correct' as origin, * from unmatched;
