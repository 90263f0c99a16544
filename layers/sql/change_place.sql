-- Changes what the register says of a place.
-- $1 district, $2 id, $3 risk, $4 supervised, $5 duplicate of, $6 valid to
update gridward.place set risk = $3, supervised = $4, duplicate_of = $5, valid_to = $6, version = version + 1
where district = $1 and id = $2
