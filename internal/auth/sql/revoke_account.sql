-- $1 district, $2 id, $3 now
update gridward.account set revoked_at = $3 where district = $1 and id = $2 and revoked_at is null
