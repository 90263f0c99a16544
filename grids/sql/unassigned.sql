-- Inspected places that stand on a day and have no grid, or the grid of a plan that is not in force.
-- $1 district, $2 layers that are inspected, $3 day
select p.id, p.layer, p.name, p.town, p.community, p.x, p.y
from gridward.place p
left join gridward.assignment a on a.district = p.district and a.place = p.id
left join gridward.plan n on n.district = a.district and n.id = a.plan
 and n.status in ('published', 'superseded') and n.effective_from <= $3 and (n.effective_to is null or n.effective_to > $3)
where p.district = $1 and p.layer = any ($2)
  and p.valid_from <= $3 and (p.valid_to is null or p.valid_to > $3)
  and n.id is null
order by p.id
