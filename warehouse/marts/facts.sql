-- One row: a recorded fact on which published evidence rests, as far as it does not identify: the
-- value as read, not as recorded, and only of properties that may be published. Of those whose published ids
-- begin with `prefix`.
with
cited as (
    select publications.private_id as fact_id, publications.published_id
    from publications
    where
        kind = 'fact'
        and starts_with(published_id, getvariable('prefix'))
        and private_id in (
            select unnest(labels.fact_ids)
            from labels
            join published_clips on published_clips.private_id = labels.clip_id
            where labels.verdict = 'accepted'
        )
),
ages as (
    select facts.fact_id, string_agg(distinct age || ' years', ', ' order by age || ' years') as value
    from facts
    semi join cited using (fact_id)
    join readings using (fact_id)
    join copies on copies.source = facts.source and copies.speaker = facts.speaker
    join published_clips on published_clips.private_id = copies.clip_id,
    lateral (select date_sub('year', try_cast(readings.reading as date), try_cast(copies.recorded_on as date)) as age)
    where facts.property = 'birth_date' and age is not null
    group by facts.fact_id
)
select
    cited.published_id as fact_id,
    speaker.published_id as speaker_id,
    facts.source,
    facts.property,
    -- a birth date becomes the ages at the recordings, where both dates are whole days
    case
        when facts.property = 'birth_date' then ages.value
        -- an age to the hundredth is nearly a birth date
        when facts.property = 'age' then floor(
            regexp_extract(readings.reading, '^[0-9.]+')::double / if(contains(readings.reading, 'month'), 12, 1)
        )::integer || ' years'
        when list_contains(getvariable('published_properties'), facts.property) then readings.reading
    end as value,
    -- how a word was misspelt is the record's own
    regexp_replace(readings.rule, 'spelling: .* → ', 'spelling of ') as rule,
    sources.licence,
    sources.kind as source_kind
from cited
join facts using (fact_id)
join sources using (source)
join readings using (fact_id)
left join ages using (fact_id)
left join publications as speaker on speaker.kind = 'speaker' and speaker.private_id = facts.source || ' ' || facts.speaker
order by cited.published_id
