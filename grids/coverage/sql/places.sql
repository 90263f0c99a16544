-- Places of the layers that are inspected, in key order.
-- $1 district, $2 layers, $3 ids (null: all)
select id, layer, name, address, x, y, h3
from gridward.place
where district = $1 and layer = any ($2) and ($3::uuid[] is null or id = any ($3))
order by h3, id
