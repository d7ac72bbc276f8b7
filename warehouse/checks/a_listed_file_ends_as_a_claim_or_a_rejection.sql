-- Rows: files that were read and of which nothing tells what became of them.
select listings.source, listings.path
from listings
join files using (source, path)
join decodings on decodings.sha256 = files.sha256 and decodings.witness = getvariable('witness')
anti join claims using (source, path)
anti join (select source, subject as path from rejections where kind = 'file') as rejected using (source, path)
