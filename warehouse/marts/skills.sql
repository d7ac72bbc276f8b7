-- One row: how well a model tells an attribute of speakers, or of sources, that it did not learn from.
from skills order by attribute, witness, held_out
