-- Every grid code that was ever given in the district, to which town and when,
-- and whether the town's latest plan has it.
-- $1 district, $2 town
select c.code, c.town, c.given_on, exists (
    select from gridward.grid g
    where g.district = $1 and g.code = c.code and g.plan = (
        select id from gridward.plan where district = $1 and town = $2 and status = 'published' order by effective_from desc limit 1))
from gridward.grid_code c
where c.district = $1
order by c.code
