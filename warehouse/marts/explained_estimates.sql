-- One row: what a model makes of an attribute of a clip's speaker, by voice: the likeliest class first.
select
    attribute, witness,
    list_reverse_sort(list_transform(chances, lambda one: {'probability': one.probability, 'value': one."value"})) as chances
from estimates
where clip_id = getvariable('clip_id')
order by attribute, witness
