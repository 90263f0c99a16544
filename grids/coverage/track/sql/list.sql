-- Tracks, the newest first, without their positions.
-- $1 district, $2 visible units (null: all), $3 unit (empty: all), $4 started at or after, $5 started before, $6 learned before,
-- $7 started before, $8 id before, $9 limit; each moment may be null
select t.id, t.inspector, t.unit, t.device, t.started_at, t.ended_at, t.received_at, cardinality(t.accuracy), t.used, t.dropped, t.policy, t.town, t.park, t.community,
       (select coalesce(sum(w.to_cm - w.from_cm), 0)::bigint from gridward.walked w where w.district = $1 and w.track = t.id)
from gridward.track t
where t.district = $1
  and ($2::text[] is null or t.town = any ($2) or t.park = any ($2) or t.community = any ($2))
  and ($3 = '' or t.unit = $3 or t.town = $3 or t.park = $3 or t.community = $3)
  and ($4::timestamptz is null or t.started_at >= $4) and ($5::timestamptz is null or t.started_at < $5)
  and ($6::timestamptz is null or t.received_at < $6)
  and ($7::timestamptz is null or (t.started_at, t.id) < ($7, $8))
order by t.started_at desc, t.id desc
limit $9
