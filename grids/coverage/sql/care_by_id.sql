-- What was said under an id.
-- $1 district, $2 id
select place, from_day, people from gridward.care where district = $1 and id = $2
