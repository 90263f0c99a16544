-- Certificates, the newest first.
-- $1 district, $2 visible units (null: all), $3 unit (empty: all), $4 period (empty: all), $5 issued before, $6 id before, $7 limit
select id, issued_at, document
from gridward.certificate
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and ($3 = '' or unit = $3) and ($4 = '' or period = $4)
  and ($5::timestamptz is null or (issued_at, id) < ($5, $6))
order by issued_at desc, id desc
limit $7
