-- Adds days off; those whose id is known are left as they are, and nothing comes back.
-- $1 district, then one a column
insert into gridward.holiday (district, id, unit, name, valid_from, valid_to, town, park, community)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (district, id) do nothing
returning version
