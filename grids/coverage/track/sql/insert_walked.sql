-- Adds what a new track walked.
-- $1 district, $2 track, $3 received at, $4 town, $5 park, $6 community, then one array a column
insert into gridward.walked (district, track, street, day, from_cm, to_cm, first_at, received_at, town, park, community)
select $1, $2, w.street, w.day, w.from_cm, w.to_cm, w.first_at, $3, $4, $5, $6
from unnest($7::uuid[], $8::date[], $9::bigint[], $10::bigint[], $11::timestamptz[]) as w(street, day, from_cm, to_cm, first_at)
