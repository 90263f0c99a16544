-- $1 district, $2 visible units (null: all), $3 ids
select id, type, severity, state, place, inspection, geom, h3, discovered_at, closed_at, origin, description, town, park, community, version
from gridward.hazard
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and id = any ($3)
order by id
