-- Takes an exemption back, once.
-- $1 district, $2 visible units (null: all), $3 exemption, $4 learned at, $5 reviewer, $6 reason
insert into gridward.exemption_withdrawal (district, exemption, recorded_at, reviewer, reason, town, park, community)
select e.district, e.id, $4, $5, $6, e.town, e.park, e.community
from gridward.exemption e
where e.district = $1 and e.id = $3
  and ($2::text[] is null or e.town = any ($2) or e.park = any ($2) or e.community = any ($2))
on conflict (district, exemption) do nothing
returning (select place from gridward.exemption e where e.district = $1 and e.id = $3)
