-- What a track walked.
-- $1 district, $2 visible units (null: all), $3 track
select street, day, from_cm, to_cm, first_at
from gridward.walked
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and track = $3
