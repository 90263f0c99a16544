-- Changes a person, if they are still at the version that the caller saw.
-- $1 district, $2 visible units (null: all), $3 id, $4 version, $5 name, $6 kind, $7 team, $8 skills, $9 hours a month, $10 shifts,
-- $11 valid from, $12 valid to
update gridward.person set name = $5, kind = $6, team = $7, skills = $8, hours_per_month = $9, shifts = $10, valid_from = $11, valid_to = $12,
    version = version + 1
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and id = $3 and version = $4
returning version
