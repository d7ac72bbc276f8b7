-- One row: how wrong the accepted labels of an attribute may be, as far as a method tells.
from audits order by attribute, method
