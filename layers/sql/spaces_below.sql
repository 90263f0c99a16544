-- The underground spaces below a place.
-- $1 district, $2 visible units (null: all), $3 place
select id from gridward.place
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and above = $3
order by id
