-- $1 district, $2 key, $3 value
insert into gridward.district_setting (district, key, value) values ($1, $2, $3)
on conflict (district, key) do update set value = excluded.value
