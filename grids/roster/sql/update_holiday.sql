-- Changes days off, if they are still at the version that the caller saw.
-- $1 district, $2 visible units (null: all), $3 id, $4 version, $5 valid to
update gridward.holiday set valid_to = $5, version = version + 1
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and id = $3 and version = $4
returning version
