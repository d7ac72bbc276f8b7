-- One row: the class that records give a clip, where they leave one.
from recorded order by clip_id, attribute
