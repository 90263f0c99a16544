-- $1 district, $2 id
select name, role, units, token_hash, expires_at, revoked_at from gridward.account where district = $1 and id = $2
