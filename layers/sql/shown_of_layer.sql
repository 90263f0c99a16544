-- What maps show of the places of a layer, in key order. The index has them in it:
-- with a second key a million are sorted on disk before the first one comes.
-- $1 district, $2 visible units (null: all), $3 layer, $4 day on which it stands (null: any)
select id, category, name, geom, x, y, h3, town, park, community, risk, attributes::text
from gridward.place
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and layer = $3
  and ($4::date is null or (valid_from <= $4 and (valid_to is null or valid_to > $4)))
order by h3
