-- A reviewer's word on an inspection's evidence; a repeat is the same.
-- $1 district, $2 visible units (null: all), $3 id, $4 inspection, $5 learned at, $6 accepted, $7 reviewer, $8 reason
insert into gridward.inspection_review (district, id, inspection, recorded_at, accepted, reviewer, reason, town, park, community)
select i.district, $3, i.id, $5, $6, $7, $8, i.town, i.park, i.community
from gridward.inspection i
where i.district = $1 and i.id = $4
  and ($2::text[] is null or i.town = any ($2) or i.park = any ($2) or i.community = any ($2))
on conflict (district, id) do nothing
returning inspection
