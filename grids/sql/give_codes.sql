-- Gives codes to grids; returns those that another plan had given before.
-- $1 district, $2 town, $3 plan, $4 day, $5 codes, $6 communities
with fresh as (select * from unnest($5::text[], $6::text[]) as f (code, community)),
given as (
    insert into gridward.grid_code (district, code, town, community, plan, given_on)
    select $1, code, $2, community, $3, $4 from fresh
    on conflict (district, code) do nothing
    returning code)
select f.code from fresh f
join gridward.grid_code c on c.district = $1 and c.code = f.code
where c.plan <> $3 and f.code not in (select code from given)
order by f.code
