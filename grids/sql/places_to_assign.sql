-- Places in key order with what placing needs. Retired ones too: what was
-- inspected of them counts where they stood.
-- $1 district, $2 places (null: all), $3 layers that are inspected
select id, layer = any ($3), x, y, h3, geom
from gridward.place
where district = $1 and ($2::uuid[] is null or id = any ($2))
order by h3, id
