-- The inspections that some tracks may back: of the same inspector, while the
-- track lasted or not longer than $3 before or after. One look-up of each track
-- (offset 0), whatever the planner thinks of the table.
-- $1 district, $2 tracks, $3 margin
select i.id
from unnest($2::uuid[]) w(id)
cross join lateral (select t.inspector, t.started_at, t.ended_at from gridward.track t where t.district = $1 and t.id = w.id offset 0) t
cross join lateral (select i.id, i.inspector from gridward.inspection i
                    where i.district = $1 and i.at >= t.started_at - $3::interval and i.at <= t.ended_at + $3::interval offset 0) i
where i.inspector = t.inspector
