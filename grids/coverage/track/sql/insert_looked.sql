-- Adds what a new track saw of a public area.
-- $1 district, then one parameter a column
insert into gridward.looked (district, track, area, day, cells, stay_from, stay_to, received_at, town, park, community)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
