-- Which grid answers for each of some places, and why; the grid's name is that
-- of the latest plan that has it.
-- $1 district, $2 visible units (null: all), $3 places
select a.place, a.grid, coalesce(g.name, ''), a.reason, a.share_ppm, a.town, a.park, a.community
from gridward.assignment a
left join lateral (
    select g.name from gridward.grid g
    join gridward.plan p on p.district = g.district and p.id = g.plan
    where g.district = a.district and g.code = a.grid and p.status in ('published', 'superseded')
    order by p.effective_from desc, p.created_at desc limit 1) g on true
where a.district = $1
  and ($2::text[] is null or a.town = any ($2) or a.park = any ($2) or a.community = any ($2))
  and a.place = any ($3)
