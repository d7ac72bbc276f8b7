-- A table with a delimiter. As a value, what is asked for; as a table, what curation/readers.py has read of it
-- beforehand, since DuckDB itself opens no file. What is null, curation/readers.py decides.
create macro read_table(
    file, delim := null, quote := null, skip := null, header := null, union_by_name := null, encoding := null
) as {
    reader: 'read_table', file: file, delim: delim::varchar, quote: quote::varchar, skip: skip::uinteger,
    header: header::boolean, union_by_name: union_by_name::boolean, encoding: encoding::varchar
};

create macro read_table(
    file, delim := null, quote := null, skip := null, header := null, union_by_name := null, encoding := null
) as table
from query_table(md5(read_table(
    file, delim := delim, quote := quote, skip := skip, header := header, union_by_name := union_by_name,
    encoding := encoding
)::varchar));
