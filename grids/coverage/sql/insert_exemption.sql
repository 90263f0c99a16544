-- Excuses a place from a duty in a period; a repeat is the same exemption.
-- $1 district, $2 visible units (null: all), $3 id, $4 place, $5 duty, $6 period, $7 reason, $8 reviewer, $9 learned at
insert into gridward.exemption (district, id, place, duty, period, reason, reviewer, at, town, park, community)
select $1, $3, p.id, $5, $6, $7, $8, $9, p.town, p.park, p.community
from gridward.place p
where p.district = $1 and p.id = $4
  and ($2::text[] is null or p.town = any ($2) or p.park = any ($2) or p.community = any ($2))
on conflict (district, id) do nothing
returning id
