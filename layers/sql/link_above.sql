-- Tells underground spaces what stands above them: the residential compound
-- whose land it is, else the building. Both lie in the space's own community,
-- so few places are compared with each.
-- $1 district, $2 layer of underground spaces
update gridward.place s set above = (
    select b.id from gridward.place b
    where b.district = $1 and b.community = s.community and b.layer in ('residential-compound', 'building')
      and st_contains(st_force2d(b.geom), st_setsrid(st_makepoint(s.x / 1e7, s.y / 1e7), 4326))
    order by b.layer desc, b.id
    limit 1)
where s.district = $1 and s.layer = $2 and s.above is null
returning s.id
