-- $1 district, $2 id, $3 town, $4 name, $5 origin, $6 effective from, $7 now
insert into gridward.plan (district, id, town, name, status, origin, effective_from, created_at)
values ($1, $2, $3, $4, 'published', $5, $6, $7)
