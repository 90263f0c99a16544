-- What was learned of places, in the order in which it was.
-- $1 district, $2 layers, $3 ids (null: all)
select r.place, r.recorded_at, r.from_day, r.to_day, r.category, r.risk, r.supervised, r.under_compound, r.attributes::text, r.duplicate_of
from gridward.place_record r
join gridward.place p on p.district = r.district and p.id = r.place
where r.district = $1 and p.layer = any ($2) and ($3::uuid[] is null or r.place = any ($3))
order by r.place, r.recorded_at
