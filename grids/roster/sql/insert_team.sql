-- Adds a team; one whose id is known is left as it is, and nothing comes back.
-- $1 district, then one a column
insert into gridward.team (district, id, name, unit, body, provider, valid_from, valid_to, town, park, community)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (district, id) do nothing
returning version
