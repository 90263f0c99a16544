-- The grids of a plan that was withdrawn; publishing makes them anew.
-- $1 district, $2 plan
delete from gridward.grid where district = $1 and plan = $2
