-- $1 district, $2 id, $3 unit, $4 class, $5 period, $6 known at, $7 issued at, $8 document, $9 actor, $10 town, $11 park, $12 community
insert into gridward.certificate (district, id, unit, class, period, known_at, issued_at, document, actor, town, park, community)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
