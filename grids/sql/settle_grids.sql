-- Stores what changed of the assignments and leaves the rest alone.
-- $1 district
insert into gridward.assignment as a (district, place, grid, reason, share_ppm, town, park, community)
select $1, place, grid, reason, share_ppm, town, park, community
from staged_placement
where grid is not null
on conflict (district, place) do update set grid = excluded.grid, reason = excluded.reason,
    share_ppm = excluded.share_ppm, town = excluded.town, park = excluded.park, community = excluded.community
where (a.grid, a.reason, a.share_ppm, a.town, a.park, a.community)
      is distinct from (excluded.grid, excluded.reason, excluded.share_ppm, excluded.town, excluded.park, excluded.community)
