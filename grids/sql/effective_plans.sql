-- Plans in force on a day.
-- $1 district, $2 visible units (null: all), $3 day
select id, town, name, status, origin, effective_from, effective_to, created_at
from gridward.plan
where district = $1 and ($2::text[] is null or town = any ($2))
  and status in ('published', 'superseded')
  and effective_from <= $3 and (effective_to is null or effective_to > $3)
order by town
