-- Ends every parent link that a new set of units replaces on a day.
-- $1 district, $2 day
update gridward.unit_parent set valid_to = $2
where district = $1 and valid_to is null and valid_from < $2
