-- JSON documents, one a file or one a line; see read_table.sql.
create macro read_json(file, lines := null, encoding := null) as {
    reader: 'read_json', file: file, lines: lines::boolean, encoding: encoding::varchar
};

create macro read_json(file, lines := null, encoding := null) as table
from query_table(md5(read_json(file, lines := lines, encoding := encoding)::varchar));
