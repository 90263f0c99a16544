-- What was walked on some days.
-- $1 district, $2 visible units (null: all), $3 first day, $4 day after the last, $5 learned before (null: all)
select street, day, from_cm, to_cm, first_at
from gridward.walked
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and day >= $3 and day < $4 and ($5::timestamptz is null or received_at < $5)
