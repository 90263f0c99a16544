-- Adds a track; one that is known already is left as it is.
-- $1 district, then one parameter a column
insert into gridward.track (district, id, inspector, unit, device, started_at, ended_at, received_at, geom, accuracy, used, dropped, policy, town, park, community)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
on conflict do nothing
