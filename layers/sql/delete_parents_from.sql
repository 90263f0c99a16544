-- Removes parent links that would begin on or after the day on which a new set begins.
-- $1 district, $2 day
delete from gridward.unit_parent where district = $1 and valid_from >= $2
