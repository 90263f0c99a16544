-- Inspections since a time, each with when it was found to be wrong.
-- $1 district, $2 from (inclusive)
select i.place, i.id, i.inspector, i.at, i.received_at, c.received_at, i.outcome, i.checklist, i.unit, i.distance_m, i.accuracy_m, i.dwell_s, i.skew_s, i.mock, cardinality(i.photos) = 0
from gridward.inspection i
left join gridward.inspection c on c.district = i.district and c.corrects = i.id
where i.district = $1 and i.at >= $2
