-- Records where places belong, where it differs from what was recorded last. A
-- grid where none was known before is known for the days before too.
-- $1 district, $2 ids (null: all), $3 recorded at, $4 the day from which changes hold
insert into gridward.placement (district, place, recorded_at, from_day, town, park, community, grid)
select p.district, p.id, $3,
       case when r.place is null then p.valid_from
            when r.grid = '' and (r.town, r.park, r.community) = (p.town, p.park, p.community) then r.from_day
            else greatest(p.valid_from, $4) end,
       p.town, p.park, p.community, coalesce(a.grid, '')
from (select unnest($2::uuid[]) as id union all select id from gridward.place where district = $1 and $2::uuid[] is null) t
-- One look-up each (offset 0): row-level security makes the planner think that it sees a handful of places,
-- and compare each with each.
cross join lateral (select * from gridward.place p where p.district = $1 and p.id = t.id offset 0) p
left join lateral (select grid from gridward.assignment a where a.district = p.district and a.place = p.id offset 0) a on true
left join lateral (
    select * from gridward.placement r where r.district = p.district and r.place = p.id order by r.recorded_at desc limit 1) r on true
where r.place is null or (r.town, r.park, r.community, r.grid) is distinct from (p.town, p.park, p.community, coalesce(a.grid, ''))
