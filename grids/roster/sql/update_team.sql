-- Changes a team, if it is still at the version that the caller saw.
-- $1 district, $2 visible units (null: all), $3 id, $4 version, $5 name, $6 provider, $7 valid from, $8 valid to
update gridward.team set name = $5, provider = $6, valid_from = $7, valid_to = $8, version = version + 1
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and id = $3 and version = $4
returning version
