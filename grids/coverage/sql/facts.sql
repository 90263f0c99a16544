-- What the coverage engine needs to know of every place that owes anything.
-- $1 district, $2 layers that are inspected, $3 ids (null: all)
select p.id, p.layer, p.category, p.name, p.address, p.attributes, p.x, p.y,
       p.town, p.park, p.community, coalesce(a.grid, ''),
       p.valid_from, p.valid_to, coalesce(b.category, '')
from gridward.place p
left join gridward.assignment a on a.district = p.district and a.place = p.id
left join gridward.place b on b.district = p.district and b.id = p.above
where p.district = $1 and p.layer = any ($2) and ($3::uuid[] is null or p.id = any ($3))
order by p.h3, p.id
