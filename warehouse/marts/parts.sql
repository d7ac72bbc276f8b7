-- One row: a part that has been loaded.
from parts order by name
