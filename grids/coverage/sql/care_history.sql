-- All that was said of people who need care at a place, the latest first.
-- $1 district, $2 visible units (null: all), $3 place
select c.id, c.people, c.from_day, c.recorded_at, c.actor
from gridward.place p
left join gridward.care c on c.district = p.district and c.place = p.id
where p.district = $1 and p.id = $3
  and ($2::text[] is null or p.town = any ($2) or p.park = any ($2) or p.community = any ($2))
order by c.recorded_at desc
