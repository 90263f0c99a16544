-- Every grid code a town ever used: none is given twice.
-- $1 district, $2 town
select distinct code from gridward.grid where district = $1 and town = $2 order by code
