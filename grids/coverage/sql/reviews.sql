-- What reviewers said of inspections in a span of time, in the order in which they did.
-- $1 district, $2 from (inclusive), $3 to (exclusive), $4 ids (null: all)
select i.place, r.inspection, r.recorded_at, r.accepted, r.reviewer, r.reason
from gridward.inspection_review r
join gridward.inspection i on i.district = r.district and i.id = r.inspection
where r.district = $1 and i.at >= $2 and i.at < $3 and ($4::uuid[] is null or i.id = any ($4))
order by r.recorded_at, r.id
