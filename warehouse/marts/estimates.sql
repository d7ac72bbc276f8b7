-- One row: what a model estimates of an attribute of a clip's speaker.
from estimates order by clip_id, attribute, witness
