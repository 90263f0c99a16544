-- Teams by id, a page of them or all.
-- $1 district, $2 visible units (null: all), $3 ids (null: any), $4 unit, $5 and $6 first day and the first day after
-- the last of those on which they hold, $7 body, $8 id to go on after, $9 limit (null: none)
select id, name, unit, body, provider, valid_from, valid_to, town, park, community, version
from gridward.team
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2))
  and ($3::uuid[] is null or id = any ($3))
  and ($4::text is null or unit = $4 or town = $4 or park = $4 or community = $4)
  and ($5::date is null or valid_to is null or valid_to > $5)
  and ($6::date is null or valid_from < $6)
  and ($7::text is null or body = $7)
  and ($8::uuid is null or id > $8)
order by id
limit $9
