-- Postings by id, a page of them or all.
-- $1 district, $2 visible units (null: all), $3 ids (null: any), $4 unit, $5 and $6 first day and the first day after
-- the last of those on which they hold, $7 grids, $8 class, $9 team, $10 person, $11 id to go on after, $12 limit (null: none)
select id, grid, class, team, person, valid_from, valid_to, town, park, community, version
from gridward.posting
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and ($3::uuid[] is null or id = any ($3))
  and ($4::text is null or town = $4 or park = $4 or community = $4)
  and ($5::date is null or valid_to is null or valid_to > $5)
  and ($6::date is null or valid_from < $6)
  and ($7::text[] is null or grid = any ($7))
  and ($8::smallint is null or class = $8)
  and ($9::uuid is null or team = $9)
  and ($10::uuid is null or person = $10)
  and ($11::uuid is null or id > $11)
order by id
limit $12
