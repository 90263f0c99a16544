-- Inspections in a span of time, for looking at evidence.
-- $1 district, $2 visible units (null: all), $3 from (inclusive), $4 to (exclusive), $5 learned before (null: all)
select id, place, at, coalesce(device_at, at), received_at, skew_s, inspector, unit, outcome, checklist, position, accuracy_m, distance_m, dwell_s, device, mock, photos, walk, corrects, note, town, park, community
from gridward.inspection
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and at >= $3 and at < $4 and ($5::timestamptz is null or received_at < $5)
order by at, id
