-- Standing places where people who need care live on a day, by id: the last word
-- on the day decides. A place is seen by who sees it now, wherever it lay when
-- the word was said.
-- $1 district, $2 visible units (null: all), $3 unit (null: any), $4 day, $5 id to start after, $6 limit
select p.id, p.name, p.address, p.town, p.park, p.community, c.people, c.from_day
from (
    select distinct on (place) place, people, from_day
    from gridward.care
    where district = $1 and from_day <= $4
    order by place, recorded_at desc) c
join gridward.place p on p.district = $1 and p.id = c.place
where c.people > 0 and p.duplicate_of is null and (p.valid_to is null or p.valid_to > $4)
  and ($2::text[] is null or p.town = any ($2) or p.park = any ($2) or p.community = any ($2))
  and ($3::text is null or p.town = $3 or p.park = $3 or p.community = $3)
  and ($5::uuid is null or p.id > $5)
order by p.id
limit $6
