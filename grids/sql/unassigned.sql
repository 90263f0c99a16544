-- Inspected places that stand on a day and have no grid, or one that no plan in force has.
-- $1 district, $2 layers that are inspected, $3 day
with live as (
    select g.code from gridward.grid g
    join gridward.plan n on n.district = g.district and n.id = g.plan
    where g.district = $1 and n.status in ('published', 'superseded') and n.effective_from <= $3 and (n.effective_to is null or n.effective_to > $3))
select p.id, p.layer, p.name, p.town, p.community, p.x, p.y
from gridward.place p
left join gridward.assignment a on a.district = p.district and a.place = p.id
left join live on live.code = a.grid
where p.district = $1 and p.layer = any ($2)
  and p.valid_from <= $3 and (p.valid_to is null or p.valid_to > $3)
  and live.code is null
order by p.id
