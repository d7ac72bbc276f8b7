-- A text by its lines; see read_table.sql.
create macro read_lines(file, encoding := null) as {reader: 'read_lines', file: file, encoding: encoding::varchar};

create macro read_lines(file, encoding := null) as table
from query_table(md5(read_lines(file, encoding := encoding)::varchar));
