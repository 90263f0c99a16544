-- $1 district
select version, valid_from, document, recorded_at from gridward.policy where district = $1 order by recorded_at, version
