-- Places that are about to change, and what a change is held against; held until
-- the transaction ends, in the order of their ids.
-- $1 district, $2 visible units (null: all), $3 ids
select id, layer, risk, supervised, duplicate_of, valid_from, valid_to, version
from gridward.place
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and id = any ($3)
order by id
for no key update
