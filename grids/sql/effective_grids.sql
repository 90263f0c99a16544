-- Grids of the plans in force on a day, by code.
-- $1 district, $2 visible units (null: all), $3 day
select g.code, g.name, g.town, g.community, g.plan, g.geom, g.area_m2
from gridward.grid g
join gridward.plan p on p.district = g.district and p.id = g.plan
where g.district = $1
  and ($2::text[] is null or g.town = any ($2) or g.community = any ($2))
  and p.status in ('published', 'superseded')
  and p.effective_from <= $3 and (p.effective_to is null or p.effective_to > $3)
order by g.code
