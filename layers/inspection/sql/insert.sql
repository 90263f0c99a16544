-- Adds inspections at places that the scope may see. One that is known already is
-- left as it is; so is a correction of what is not there or was corrected before.
-- $1 district, $2 visible units (null: all), $3 received at, then one array a column
insert into gridward.inspection (district, id, place, at, device_at, received_at, skew_s, inspector, unit, outcome, checklist, position, accuracy_m,
    distance_m, dwell_s, device, mock, photos, walk, corrects, note, town, park, community)
select $1, i.id, i.place, i.at, i.device_at, $3, i.skew_s, i.inspector, i.unit, i.outcome, i.checklist, g.position, i.accuracy_m,
       case when g.position is not null then st_distance(p.geom::geography, g.position::geography) end, i.dwell_s, i.device, i.mock,
       -- an array of arrays would come apart, so hashes come as text
       (select coalesce(array_agg(decode(h, 'hex')), '{}') from unnest(string_to_array(nullif(i.photos, ''), ',')) h),
       i.walk, i.corrects, i.note, p.town, p.park, p.community
from unnest($4::uuid[], $5::uuid[], $6::timestamptz[], $7::timestamptz[], $8::integer[], $9::text[], $10::text[], $11::text[], $12::text[], $13::float8[], $14::float8[], $15::real[],
            $16::integer[], $17::text[], $18::boolean[], $19::text[], $20::uuid[], $21::uuid[], $22::text[])
     as i(id, place, at, device_at, skew_s, inspector, unit, outcome, checklist, lon, lat, accuracy_m, dwell_s, device, mock, photos, walk, corrects, note)
join gridward.place p on p.district = $1 and p.id = i.place
 and ($2::text[] is null or p.town = any ($2) or p.park = any ($2) or p.community = any ($2))
cross join lateral (select case when i.lon is not null then st_setsrid(st_makepoint(i.lon, i.lat), 4326) end as position) g
where i.corrects is null
   or exists (select from gridward.inspection o where o.district = $1 and o.id = i.corrects
              and ($2::text[] is null or o.town = any ($2) or o.park = any ($2) or o.community = any ($2)))
on conflict do nothing
returning id
