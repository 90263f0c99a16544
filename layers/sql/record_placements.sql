-- Records where places belong, where it differs from what was recorded last. A
-- grid where none was known before is known for the days before too.
-- $1 district, $2 ids (null: all), $3 recorded at, $4 the day from which changes hold
insert into gridward.placement (district, place, recorded_at, from_day, town, park, community, grid)
select p.district, p.id, $3,
       case when r.place is null then p.valid_from
            when r.grid = '' and (r.town, r.park, r.community) = (p.town, p.park, p.community) then r.from_day
            else greatest(p.valid_from, $4) end,
       p.town, p.park, p.community, coalesce(a.grid, '')
from gridward.place p
left join gridward.assignment a on a.district = p.district and a.place = p.id
left join lateral (
    select * from gridward.placement r where r.district = p.district and r.place = p.id order by r.recorded_at desc limit 1) r on true
where p.district = $1 and ($2::uuid[] is null or p.id = any ($2))
  and (r.place is null or (r.town, r.park, r.community, r.grid) is distinct from (p.town, p.park, p.community, coalesce(a.grid, '')))
