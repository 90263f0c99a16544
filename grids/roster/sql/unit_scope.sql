-- A unit as it stands on a day or, if it begins later, as it will first stand:
-- its kind, and the units whose accounts see what is its.
-- $1 district, $2 visible units (null: all), $3 code, $4 day
select kind, town, park, community
from gridward.unit
where district = $1
  and ($2::text[] is null or code = any ($2) or town = any ($2) or park = any ($2) or community = any ($2))
  and code = $3 and (valid_to is null or valid_to > $4)
order by valid_from
limit 1
