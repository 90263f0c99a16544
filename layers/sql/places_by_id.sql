-- Places by id.
-- $1 district, $2 visible units (null: all), $3 ids
select id, layer, source, source_id, category, name, address, geom, x, y, h3, town, park, community,
       risk, supervised, duplicate_of, attributes, above, valid_from, valid_to, version
from gridward.place
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and id = any ($3)
order by id
