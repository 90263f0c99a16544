-- Some inspections and what they correct, each with when it was found to be
-- wrong. One look-up each (offset 0), whatever the planner thinks of the table.
-- $1 district, $2 from (inclusive), $3 ids
select i.place, i.id, i.inspector, i.at, i.received_at, c.received_at, i.outcome, i.checklist, i.unit, i.distance_m, i.accuracy_m, i.dwell_s, i.skew_s, i.mock, cardinality(i.photos) = 0
from (select t.id from unnest($3::uuid[]) t(id)
      union
      select o.corrects from unnest($3::uuid[]) t(id)
      cross join lateral (select corrects from gridward.inspection o where o.district = $1 and o.id = t.id offset 0) o where o.corrects is not null) w
cross join lateral (select * from gridward.inspection i where i.district = $1 and i.id = w.id offset 0) i
left join lateral (select received_at from gridward.inspection c where c.district = $1 and c.corrects = w.id offset 0) c on true
where i.at >= $2
