-- Records what places are, where it differs from what was recorded last. Those
-- that lie below one of them are looked at too: what stands above a cellar says
-- what it owes.
-- $1 district, $2 ids, $3 recorded at, $4 the day from which changes hold
with touched as (
    select t.id from unnest($2::uuid[]) t(id)
    union
    select p.id from gridward.place p join unnest($2::uuid[]) t(id) on p.above = t.id where p.district = $1)
insert into gridward.place_record (district, place, recorded_at, from_day, to_day, category, risk, supervised, under_compound, attributes, duplicate_of, town, park, community)
select p.district, p.id, $3,
       -- a second record never was a place of its own; one that is none after all always was
       case when r.place is null or p.duplicate_of is not null or r.duplicate_of is not null then p.valid_from
            -- only its end is new: it goes on as it was until then
            when (r.category, r.risk, r.supervised, r.under_compound, r.attributes, r.duplicate_of) is not distinct from
                 (p.category, p.risk, p.supervised, a.under_compound, p.attributes, p.duplicate_of)
            then least(r.from_day, coalesce(p.valid_to, r.from_day))
            else greatest(p.valid_from, least($4, coalesce(p.valid_to, $4))) end,
       p.valid_to, p.category, p.risk, p.supervised, a.under_compound, p.attributes, p.duplicate_of, p.town, p.park, p.community
from touched
-- One look-up each (offset 0): row-level security makes the planner think that it sees a handful of places,
-- and compare each with each.
cross join lateral (select * from gridward.place p where p.district = $1 and p.id = touched.id offset 0) p
left join lateral (select category from gridward.place b where b.district = p.district and b.id = p.above offset 0) b on true
cross join lateral (select coalesce(b.category in ('residential_compound', 'residential_building', 'high_rise_residential'), false) as under_compound) a
left join lateral (
    select * from gridward.place_record r where r.district = p.district and r.place = p.id order by r.recorded_at desc limit 1) r on true
where r.place is null
   or (r.category, r.risk, r.supervised, r.under_compound, r.attributes, r.duplicate_of, r.to_day) is distinct from
      (p.category, p.risk, p.supervised, a.under_compound, p.attributes, p.duplicate_of, p.valid_to)
