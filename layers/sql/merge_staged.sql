-- Merges one import's rows: a known source id is updated (and stands again if it
-- had been retired), a new one is added, an unchanged one is left alone.
-- $1 district, $2 layer, $3 source. Returns what was added (version 1) or changed.
insert into gridward.place as p (district, id, layer, source, source_id, category, name, address, geom, x, y, h3,
    town, park, community, risk, attributes, above, valid_from, valid_to, version)
select $1, id, $2, $3, source_id, category, name, address, geom, x, y, h3,
    town, park, community, risk, attributes, above, valid_from, valid_to, 1
from staged_place
on conflict (district, layer, source, source_id) do update set
    category = excluded.category, name = excluded.name, address = excluded.address,
    geom = excluded.geom, x = excluded.x, y = excluded.y, h3 = excluded.h3, town = excluded.town, park = excluded.park,
    community = excluded.community, risk = excluded.risk, attributes = excluded.attributes,
    above = coalesce(excluded.above, p.above), valid_to = excluded.valid_to, version = p.version + 1
where (p.category, p.name, p.address, p.h3, p.town, p.park, p.community, p.risk, p.attributes, p.above, p.valid_to)
      is distinct from
      (excluded.category, excluded.name, excluded.address, excluded.h3, excluded.town, excluded.park,
       excluded.community, excluded.risk, excluded.attributes, coalesce(excluded.above, p.above), excluded.valid_to)
   or st_asbinary(p.geom) is distinct from st_asbinary(excluded.geom)
returning p.id, p.version
