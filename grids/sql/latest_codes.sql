-- The codes of the grids of a town's latest plan.
-- $1 district, $2 town
select g.code
from gridward.grid g
join (select id from gridward.plan where district = $1 and town = $2 and status = 'published' order by effective_from desc limit 1) p on p.id = g.plan
where g.district = $1
