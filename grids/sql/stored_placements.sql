-- Where places are stored to belong; no grid is an empty code.
-- $1 district
select p.id, p.town, p.park, p.community, coalesce(a.grid, '')
from gridward.place p
left join gridward.assignment a on a.district = p.district and a.place = p.id
where p.district = $1
