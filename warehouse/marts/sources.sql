-- One row: a source as last scanned.
from sources order by source
