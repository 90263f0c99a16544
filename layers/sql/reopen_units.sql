-- Takes back that units were to end on a day or later.
-- $1 district, $2 day
update gridward.unit set valid_to = null, version = version + 1
where district = $1 and valid_to >= $2
