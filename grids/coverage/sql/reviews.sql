-- What reviewers said of inspections since a time, in the order in which they did.
-- $1 district, $2 from (inclusive)
select i.place, r.inspection, r.recorded_at, r.accepted, r.reviewer, r.reason
from gridward.inspection_review r
cross join lateral (select place, at from gridward.inspection i where i.district = r.district and i.id = r.inspection offset 0) i
where r.district = $1 and i.at >= $2
order by r.recorded_at, r.id
