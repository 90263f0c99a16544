-- Units of a district on a day, parents with them, ordered by code.
-- $1 district, $2 visible units (null: all), $3 day
select u.code, u.kind, u.name, u.name_en, coalesce(p.parent, ''), u.geom, u.valid_from, u.valid_to
from gridward.unit u
left join gridward.unit_parent p
  on p.district = u.district and p.child = u.code
 and p.valid_from <= $3 and (p.valid_to is null or p.valid_to > $3)
where u.district = $1
  and ($2::text[] is null or u.code = any ($2) or u.town = any ($2) or u.park = any ($2) or u.community = any ($2))
  and u.valid_from <= $3 and (u.valid_to is null or u.valid_to > $3)
order by u.code
