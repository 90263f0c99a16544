-- Takes back that parent links were to end on a day or later.
-- $1 district, $2 day
update gridward.unit_parent set valid_to = null
where district = $1 and valid_to >= $2
