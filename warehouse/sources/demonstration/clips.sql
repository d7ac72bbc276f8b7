select file as path, speaker, recorded as recorded_on, text as transcript
from read_table('recordings.csv')
