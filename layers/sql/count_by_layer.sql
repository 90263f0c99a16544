-- How many places each layer has on a day.
-- $1 district, $2 visible units (null: all), $3 day
select layer, count(*)
from gridward.place
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and valid_from <= $3 and (valid_to is null or valid_to > $3)
group by layer
