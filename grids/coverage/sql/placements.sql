-- Where places belong, in the order in which it was learned.
-- $1 district, $2 layers, $3 ids (null: all)
select r.place, r.recorded_at, r.from_day, r.town, r.park, r.community, r.grid
from gridward.placement r
join gridward.place p on p.district = r.district and p.id = r.place
where r.district = $1 and p.layer = any ($2) and ($3::uuid[] is null or r.place = any ($3))
order by r.place, r.recorded_at
