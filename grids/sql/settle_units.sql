-- Brings the units of places up to date.
-- $1 district
update gridward.place p set town = s.town, park = s.park, community = s.community, version = p.version + 1
from staged_placement s
where p.district = $1 and p.id = s.place and (p.town, p.park, p.community) is distinct from (s.town, s.park, s.community)
