-- Which grid answers for each of some places, and why.
-- $1 district, $2 visible units (null: all), $3 places
select a.place, a.grid, g.name, a.reason, a.share_ppm, a.town, a.park, a.community
from gridward.assignment a
join gridward.grid g on g.district = a.district and g.plan = a.plan and g.code = a.grid
where a.district = $1
  and ($2::text[] is null or a.town = any ($2) or a.park = any ($2) or a.community = any ($2))
  and a.place = any ($3)
