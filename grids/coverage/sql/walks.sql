-- When somebody was on a track that began in a span of time.
-- $1 district, $2 from (inclusive), $3 to (exclusive)
select inspector, started_at, ended_at, received_at
from gridward.track
where district = $1 and started_at >= $2 and started_at < $3
