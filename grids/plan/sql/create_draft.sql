-- $1 district, $2 id, $3 town, $4 name, $5 origin, $6 base, $7 now, $8 by whom
insert into gridward.plan (district, id, town, name, status, origin, base, created_at, created_by)
values ($1, $2, $3, $4, 'draft', $5, $6, $7, $8)
on conflict (district, id) do nothing
