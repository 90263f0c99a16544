-- Says of a place what was last said of another that turned out to be a second
-- record of it, if more people live there by that.
-- $1 district, $2 id, $3 the second record, $4 the place, $5 learned at, $6 from day, $7 actor
insert into gridward.care (district, id, place, recorded_at, from_day, people, actor, town, park, community)
select $1, $2, p.id, $5, $6, c.people, $7, p.town, p.park, p.community
from gridward.place p
cross join lateral (
    select people from gridward.care c where c.district = $1 and c.place = $3 and c.from_day <= $6
    order by recorded_at desc limit 1) c
where p.district = $1 and p.id = $4
  and c.people > coalesce((
    select people from gridward.care o where o.district = $1 and o.place = $4 and o.from_day <= $6
    order by recorded_at desc limit 1), 0)
returning id
