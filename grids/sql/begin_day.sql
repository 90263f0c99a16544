-- Says that places are where the units and plans of a day put them; a later day
-- that was said already stays.
-- $1 district, $2 day as text
insert into gridward.district_setting as s (district, key, value) values ($1, 'settled_day', $2)
on conflict (district, key) do update set value = excluded.value where s.value < excluded.value
