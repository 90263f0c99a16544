-- Inspections in a span of time, each with when it was found to be wrong. Asked
-- by id, what these correct is among them.
-- $1 district, $2 from (inclusive), $3 to (exclusive), $4 ids (null: all)
select i.place, i.id, i.at, i.received_at, c.received_at, i.outcome, i.checklist, i.unit, i.distance_m, i.accuracy_m, i.dwell_s, i.skew_s, i.mock, cardinality(i.photos) = 0
from gridward.inspection i
left join gridward.inspection c on c.district = i.district and c.corrects = i.id
where i.district = $1 and i.at >= $2 and i.at < $3
  and ($4::uuid[] is null or i.id = any ($4) or i.id = any (select o.corrects from gridward.inspection o where o.district = $1 and o.id = any ($4)))
