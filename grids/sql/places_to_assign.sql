-- Inspected places in key order with what placing needs.
-- $1 district, $2 towns (null: all), $3 layers that are inspected
select id, x, y, h3, geom
from gridward.place
where district = $1 and ($2::text[] is null or town = any ($2)) and layer = any ($3)
order by h3, id
