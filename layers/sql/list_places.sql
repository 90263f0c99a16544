-- One page of places by id. A box is read as ranges of H3 keys, since int8
-- comparison keeps its index under row-level security; the caller refines.
-- $1 district, $2 visible units (null: all), $3 layer, $4 category, $5 unit,
-- $6 grid, $7 text to look for, $8 and $9 first and last keys of a cover
-- (null: anywhere), $10 day, $11 id to start after, $12 limit
select p.id, p.layer, p.category, p.name, p.address, p.x, p.y, p.town, p.park, p.community, coalesce(a.grid, '')
from gridward.place p
left join gridward.assignment a on a.district = p.district and a.place = p.id
where p.district = $1
  and ($2::text[] is null or p.town = any ($2) or p.park = any ($2) or p.community = any ($2))
  and ($3::text is null or p.layer = $3)
  and ($4::text is null or p.category = $4)
  and ($5::text is null or p.town = $5 or p.park = $5 or p.community = $5)
  and ($6::text is null or a.grid = $6)
  and ($7::text is null or p.name ilike $7 or p.address ilike $7 or p.source_id = $13)
  and ($8::bigint[] is null or exists (
        select from unnest($8::bigint[], $9::bigint[]) as r(lo, hi) where p.h3 between r.lo and r.hi))
  and p.valid_from <= $10 and (p.valid_to is null or p.valid_to > $10)
  and ($11::uuid is null or p.id > $11)
order by p.id
limit $12
