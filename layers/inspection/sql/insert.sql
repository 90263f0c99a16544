-- Adds inspections at places that the scope may see; one that is known already is left as it is.
-- $1 district, $2 visible units (null: all), then one array a column
insert into gridward.inspection (district, id, place, at, received_at, inspector, outcome, checklist, position, accuracy_m, note, town, park, community)
select $1, i.id, i.place, i.at, $3, i.inspector, i.outcome, i.checklist,
       case when i.lon is null then null else st_setsrid(st_makepoint(i.lon, i.lat), 4326) end, i.accuracy_m, i.note,
       p.town, p.park, p.community
from unnest($4::uuid[], $5::uuid[], $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::float8[], $11::float8[], $12::real[], $13::text[])
     as i(id, place, at, inspector, outcome, checklist, lon, lat, accuracy_m, note)
join gridward.place p on p.district = $1 and p.id = i.place
 and ($2::text[] is null or p.town = any ($2) or p.park = any ($2) or p.community = any ($2))
on conflict (district, id) do nothing
returning id
