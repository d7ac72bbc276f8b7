select file as path, speaker, recorded as recorded_on, text as transcript
from read_csv('recordings.csv', header = true, all_varchar = true, delim = ',', quote = '"')
