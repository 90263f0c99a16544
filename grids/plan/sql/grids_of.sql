-- The grids of a plan, by code.
-- $1 district, $2 plan
select code, name, town, community, plan, geom, area_m2 from gridward.grid where district = $1 and plan = $2 order by code
