-- Ends the parent links of units on a day.
-- $1 district, $2 day, $3 codes
update gridward.unit_parent set valid_to = $2
where district = $1 and valid_to is null and child = any ($3)
