-- One page of hazards, newest first.
-- $1 district, $2 visible units (null: all), $3 types, $4 states, $5 unit, $6 since, $7 until, $8 place,
-- $9 and $10 the time and id to go on after, $11 limit
select id, type, severity, state, place, inspection, geom, h3, discovered_at, closed_at, origin, description, town, park, community, version
from gridward.hazard
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and ($3::text[] is null or type = any ($3))
  and ($4::text[] is null or state = any ($4))
  and ($5::text is null or town = $5 or park = $5 or community = $5)
  and ($6::timestamptz is null or discovered_at >= $6)
  and ($7::timestamptz is null or discovered_at < $7)
  and ($8::uuid is null or place = $8)
  and ($9::timestamptz is null or (discovered_at, id) < ($9, $10::uuid))
order by discovered_at desc, id desc
limit $11
