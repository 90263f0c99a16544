-- Ends units on a day.
-- $1 district, $2 day, $3 codes
update gridward.unit set valid_to = $2, version = version + 1
where district = $1 and valid_to is null and code = any ($3)
