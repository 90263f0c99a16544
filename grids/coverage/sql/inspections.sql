-- Inspections in a span of time, by place and time.
-- $1 district, $2 from (inclusive), $3 to (exclusive), $4 ids (null: all)
select place, id, at, outcome, checklist
from gridward.inspection
where district = $1 and at >= $2 and at < $3 and ($4::uuid[] is null or id = any ($4))
order by place, at, id
