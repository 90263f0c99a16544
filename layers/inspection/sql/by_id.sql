-- $1 district, $2 visible units (null: all), $3 ids
select id, place, at, coalesce(device_at, at), received_at, skew_s, inspector, unit, outcome, checklist, position, accuracy_m, distance_m, dwell_s, device, mock, photos, walk, corrects, note, town, park, community
from gridward.inspection
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and id = any ($3)
order by id
