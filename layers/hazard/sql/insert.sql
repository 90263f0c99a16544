-- Adds hazards; one that is known already is left as it is. The units come from
-- its place where it has one, else from the caller's own locating.
-- $1 district, then one array a column
insert into gridward.hazard (district, id, type, severity, state, place, inspection, geom, h3, discovered_at, closed_at, origin, description, town, park, community)
select $1, h.id, h.type, h.severity, h.state, h.place, h.inspection, st_setsrid(st_makepoint(h.lon, h.lat), 4326), h.h3,
       h.discovered_at, h.closed_at, h.origin, h.description, h.town, h.park, h.community
from unnest($2::uuid[], $3::text[], $4::smallint[], $5::text[], $6::uuid[], $7::uuid[], $8::float8[], $9::float8[], $10::bigint[],
            $11::timestamptz[], $12::timestamptz[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[])
     as h(id, type, severity, state, place, inspection, lon, lat, h3, discovered_at, closed_at, origin, description, town, park, community)
on conflict (district, id) do nothing
returning id
