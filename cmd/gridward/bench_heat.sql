-- $1 district, $2 to $4 tile, $5 the bits of a key's resolution, $6 those of the cells'
with cells as (
    select h.h3 & ~$5::bigint | $6::bigint as cell, count(*) as count, max(h.severity) as max_severity,
           sum((array[1, 2, 4, 8])[h.severity] * case when h.state = 'closed' then 0.25 else 1 end * power(2, -extract(epoch from now() - h.discovered_at) / 86400 / 30)) as weight
    from gridward.hazard h
    where h.district = $1
      and h.geom && st_transform(st_tileenvelope($2, $3, $4, margin => 0.5), 4326)
    group by 1)
select st_asmvt(t, 'heat', 4096, 'geom')
from (select st_asmvtgeom(x.geom, st_tileenvelope($2, $3, $4), 4096, 64, true) as geom, to_hex(c.cell) as h3, c.count, round(c.weight::numeric, 3)::float8 as weight, c.max_severity
      from cells c join hexagon x on x.cell = c.cell
      where x.geom && st_tileenvelope($2, $3, $4, margin => 64.0 / 4096)) t
where geom is not null
