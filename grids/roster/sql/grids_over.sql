-- Grids of the plans that hold on days of a span, each as long as its plan does,
-- by code and day, with the park of the grid's community.
-- $1 district, $2 visible units (null: all), $3 codes (null: any), $4 first day, $5 the first day after the last (null: open)
select g.code, g.name, g.town,
       coalesce((select u.park from gridward.unit u
                 where u.district = g.district and u.code = g.community and (u.valid_to is null or u.valid_to > greatest(p.effective_from, $4))
                 order by u.valid_from limit 1), ''),
       g.community, p.effective_from, p.effective_to
from gridward.grid g
join gridward.plan p on p.district = g.district and p.id = g.plan
where g.district = $1
  and ($2::text[] is null or g.town = any ($2) or g.community = any ($2))
  and ($3::text[] is null or g.code = any ($3))
  and p.status in ('published', 'superseded')
  and (p.effective_to is null or p.effective_to > $4)
  and ($5::date is null or p.effective_from < $5)
order by g.code, p.effective_from
