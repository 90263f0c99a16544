-- $1 district, $2 visible units (null: all), $3 id
select document
from gridward.certificate
where district = $1 and id = $3
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
