-- Every grid code a town ever used: none is given twice.
-- $1 district, $2 town
select code from gridward.grid_code where district = $1 and town = $2 order by code
