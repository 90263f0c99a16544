-- Every hazard of a district: what the heatmap's snapshot reads.
-- $1 district
select id, type, severity, state, place, inspection, geom, h3, discovered_at, closed_at, origin, description, town, park, community, version
from gridward.hazard
where district = $1
order by h3, id
