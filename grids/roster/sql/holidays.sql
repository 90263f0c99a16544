-- Days off by id, a page of them or all; the whole district's are everybody's.
-- $1 district, $2 visible units (null: all), $3 ids (null: any), $4 unit, $5 and $6 first day and the first day after
-- the last of those on which they hold, $7 id to go on after, $8 limit (null: none)
select id, unit, name, valid_from, valid_to, town, park, community, version
from gridward.holiday
where district = $1
  and ($2::text[] is null or town = any ($2) or park = any ($2) or community = any ($2) or (town = '' and park = '' and community = ''))
  and ($3::uuid[] is null or id = any ($3))
  and ($4::text is null or unit = $4 or town = $4 or park = $4 or community = $4)
  and ($5::date is null or valid_to > $5)
  and ($6::date is null or valid_from < $6)
  and ($7::uuid is null or id > $7)
order by id
limit $8
