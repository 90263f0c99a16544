-- The states of every obligation of a district in a month and in the half-year
-- around it, counted by town, duty and state: $1 district, $2 known before, $3 the
-- day from which one looks, $4 the month's first day, $5 the half-year's.
--
-- Set-based, and for a simple history only: places do not change within the
-- period but may begin and end in it, nothing is a second record, two visits at
-- most are wanted, evidence is below the bar only when mocked or far away, and one
-- version of the policy (table owes, table serves) judges. On such a history it
-- says what the engine says.
with period (kind, first, after) as (
    values ('month', $4::date, ($4::date + interval '1 month')::date), ('half_year', $5::date, ($5::date + interval '6 months')::date)),
word as (
    select distinct on (r.place) r.place, r.category, r.risk, r.supervised, r.under_compound, r.from_day, r.to_day
    from gridward.place_record r
    where r.district = $1 and r.recorded_at < $2
    order by r.place, r.recorded_at desc),
spot as (
    select distinct on (p.place) p.place, p.town
    from gridward.placement p
    where p.district = $1 and p.recorded_at < $2 and p.from_day <= $3
    order by p.place, p.recorded_at desc),
obligation as (
    select w.place, o.duty, o.code, o.times, o.spacing, o.grace, p.first, p.after, w.from_day, w.to_day
    from word w
    join owes o on o.category = w.category and o.risk = w.risk and o.supervised = w.supervised and o.under_compound = w.under_compound
    join period p on p.kind = o.kind
    where w.from_day < p.after and (w.to_day is null or w.to_day > p.first)),
visit as (
    select i.place, (i.at at time zone 'Asia/Shanghai')::date as day, i.checklist, i.outcome,
           i.outcome = 'done' and not i.mock and coalesce(i.distance_m - i.accuracy_m, 0) <= 500 as counts
    from gridward.inspection i
    where i.district = $1 and i.received_at < $2 and i.at >= $5::date::timestamp at time zone 'Asia/Shanghai'
      and not exists (select from gridward.inspection c where c.district = $1 and c.corrects = i.id and c.received_at < $2)),
looked as (
    select o.place, o.duty, o.code, o.times, o.spacing, o.grace, o.first, o.after, o.from_day, o.to_day,
           count(*) filter (where v.counts) as made,
           max(v.day) filter (where v.counts) - min(v.day) filter (where v.counts) as apart,
           coalesce(bool_or(v.outcome = 'done' and not v.counts), false) as weak,
           coalesce(bool_or(v.outcome <> 'done'), false) as tried
    from obligation o
    left join (visit v join serves s using (checklist))
      on v.place = o.place and s.duty = o.duty and v.day >= greatest(o.first, o.from_day) and v.day < least(o.after, o.to_day)
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
select s.town, l.code, case
        when l.made >= l.times and (l.times = 1 or l.apart >= l.spacing) then 'met'
        when l.to_day < l.after or (l.from_day > l.first and l.after - l.from_day < l.grace) then 'not_due'
        when l.weak then 'disputed'
        when l.tried then 'attempted'
        when $3 < l.after then 'open'
        else 'overdue' end as state, count(*)
from looked l join spot s using (place)
group by 1, 2, 3
