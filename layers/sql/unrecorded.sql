-- Places of which the register says something else than what was recorded last.
-- $1 district
select p.id, p.layer, p.name,
       array_remove(array[
         case when r.place is null or (r.category, r.risk, r.supervised, r.under_compound, r.attributes, r.duplicate_of, r.to_day) is distinct from
                   (p.category, p.risk, p.supervised, a.under_compound, p.attributes, p.duplicate_of, p.valid_to) then 'what it is' end,
         case when s.place is null or (s.town, s.park, s.community, s.grid) is distinct from (p.town, p.park, p.community, coalesce(g.grid, '')) then 'where it belongs' end], null) as differs
from gridward.place p
left join gridward.assignment g on g.district = p.district and g.place = p.id
left join lateral (select category from gridward.place b where b.district = p.district and b.id = p.above offset 0) b on true
cross join lateral (select coalesce(b.category in ('residential_compound', 'residential_building', 'high_rise_residential'), false) as under_compound) a
left join lateral (select * from gridward.place_record r where r.district = p.district and r.place = p.id order by r.recorded_at desc limit 1) r on true
left join lateral (select * from gridward.placement s where s.district = p.district and s.place = p.id order by s.recorded_at desc limit 1) s on true
where p.district = $1
  and (r.place is null or s.place is null
       or (r.category, r.risk, r.supervised, r.under_compound, r.attributes, r.duplicate_of, r.to_day) is distinct from
          (p.category, p.risk, p.supervised, a.under_compound, p.attributes, p.duplicate_of, p.valid_to)
       or (s.town, s.park, s.community, s.grid) is distinct from (p.town, p.park, p.community, coalesce(g.grid, '')))
order by p.layer, p.id
