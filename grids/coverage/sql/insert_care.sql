-- People who need care at a place, from a day on; a repeat is the same word.
-- $1 district, $2 visible units (null: all), $3 id, $4 place, $5 learned at, $6 from day, $7 people, $8 actor
insert into gridward.care (district, id, place, recorded_at, from_day, people, actor, town, park, community)
select $1, $3, p.id, $5, $6, $7, $8, p.town, p.park, p.community
from gridward.place p
where p.district = $1 and p.id = $4 and p.duplicate_of is null
  and ($2::text[] is null or p.town = any ($2) or p.park = any ($2) or p.community = any ($2))
for share of p -- so that it does not become a second record of another meanwhile
on conflict (district, id) do nothing
returning id
