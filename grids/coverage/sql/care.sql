-- Where people who need care live, in the order in which it was learned.
-- $1 district, $2 ids (null: all)
select place, recorded_at, from_day, people > 0
from gridward.care
where district = $1 and ($2::uuid[] is null or place = any ($2))
order by place, recorded_at
