-- The newest inspections of a place.
-- $1 district, $2 visible units (null: all), $3 place, $4 limit
select id, place, at, coalesce(device_at, at), received_at, skew_s, inspector, unit, outcome, checklist, position, accuracy_m, distance_m, dwell_s, device, mock, photos, walk, corrects, note, town, park, community
from gridward.inspection
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and place = $3
order by at desc, id desc
limit $4
