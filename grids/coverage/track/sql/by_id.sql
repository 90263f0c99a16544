-- One track.
-- $1 district, $2 visible units (null: all), $3 id, $4 learned before (null: all)
select id, inspector, unit, device, received_at, geom, accuracy, used, dropped, policy, town, park, community
from gridward.track
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and id = $3 and ($4::timestamptz is null or received_at < $4)
