-- Parquet files; see read_table.sql.
create macro read_parquet(file) as {reader: 'read_parquet', file: file};

create macro read_parquet(file) as table
from query_table(md5(read_parquet(file)::varchar));
