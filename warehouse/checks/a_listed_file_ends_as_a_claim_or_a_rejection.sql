-- Rows: listed files of which nothing tells what became of them, read or not.
select listings.source, listings.path
from listings
anti join claims using (source, path)
anti join (select source, subject as path from rejections where kind = 'file') as rejected using (source, path)
