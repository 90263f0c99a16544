-- $1 district, $2 layer, $3 to $5 tile
select st_asmvt(t, $2::text, 4096, 'geom')
from (select st_asmvtgeom(st_transform(p.geom, 3857), st_tileenvelope($3, $4, $5), 4096, 64, true) as geom, p.category, nullif(p.name, '') as name, p.risk
      from gridward.place p
      where p.district = $1 and p.layer = $2 and p.valid_to is null
        and p.geom && st_transform(st_tileenvelope($3, $4, $5, margin => 64.0 / 4096), 4326)) t
where geom is not null
