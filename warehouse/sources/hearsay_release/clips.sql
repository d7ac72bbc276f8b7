select distinct
    file_path as path,
    null as speaker,
    null as recorded_on,
    null as transcript
from read_table('dataset/label/**/*.csv')
