-- $1 district, $2 id, $3 name, $4 role, $5 units, $6 token hash, $7 now, $8 expires at
insert into gridward.account (district, id, name, role, units, token_hash, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
