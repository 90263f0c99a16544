-- What reviewers said of some inspections, in the order in which they did.
-- $1 district, $2 from (inclusive), $3 ids
select i.place, r.inspection, r.recorded_at, r.accepted, r.reviewer, r.reason
from unnest($3::uuid[]) t(id)
cross join lateral (select * from gridward.inspection_review r where r.district = $1 and r.inspection = t.id offset 0) r
cross join lateral (select place, at from gridward.inspection i where i.district = $1 and i.id = t.id offset 0) i
where i.at >= $2
order by r.recorded_at, r.id
