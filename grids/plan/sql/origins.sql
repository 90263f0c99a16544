-- From which grids the land of a plan's new and changed grids came.
-- $1 district, $2 plan
select code, origin, community, area_m2, share from gridward.grid_origin where district = $1 and plan = $2 order by code, origin
