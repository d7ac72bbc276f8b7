select distinct
    file_path as path,
    null as speaker,
    null as recorded_on,
    null as transcript
from read_csv(
    'dataset/label/*/*.csv',
    header = true, delim = ',', quote = '"', comment = '', skip = 0, all_varchar = true
)
