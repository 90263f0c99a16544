-- Every obligation of the districts in pg_temp.sight, by the sentences of the
-- package's description, in plain SQL over the tables that the service writes.
-- Nothing is shared with the engine and nothing is clever: days are looked at one
-- by one, and each question is a subquery of its own.
--
-- From where one looks, at which periods, and what the rules say stands in
-- temporary tables: rules.sql.

set jit = off;

-- The version that judges each period. It holds for periods that begin on its
-- first day or later; a period keeps the version that it was made under, unless a
-- later one is retroactive; where there was none yet, the first one that was put.
create temporary table judged as
select s.sight, s.known, s.until, s.today, p.*, v.version, v.zone, v.grace, p.after::timestamp at time zone v.zone as closes
from sight s
join period p using (district)
join version v on v.district = s.district and v.version = coalesce(
    (select o.version from version o
     where o.district = s.district and o.recorded < s.known and o.valid_from <= p.first
       and (o.recorded <= p.first::timestamp at time zone o.zone or o.retroactive)
     order by o.valid_from desc, o.version desc limit 1),
    (select o.version from version o
     where o.district = s.district and o.recorded < s.known and o.valid_from <= p.first
     order by o.version limit 1));

-- The days that are looked at: each day of the year, or, for most districts, those
-- on which anything begins or ends of the place, between which nothing changes.
create temporary table turn as
select t.*, lead(t.day, 1, date '2027-01-01') over (partition by t.district, t.place order by t.day) as next
from (select p.district, p.id as place, generate_series(date '2026-01-25', date '2026-12-31', interval '1 day')::date as day
      from gridward.place p join every_day using (district)
      union
      select r.district, r.place, r.from_day from gridward.place_record r where r.district in (select district from sight)
      union
      select r.district, r.place, r.to_day from gridward.place_record r where r.district in (select district from sight) and r.to_day is not null
      union
      select c.district, c.place, c.from_day from gridward.care c where c.district in (select district from sight)) t;

-- On which days a place is of which kind, as known: on each day it is what the
-- last word on that day says. A second record of another place is none on any day.
create temporary table stands as
select k.district, k.known, d.place, r.category, r.risk, r.supervised, r.under_compound, c.care, r.attributes,
       range_agg(daterange(d.day, d.next)) as days
from (select distinct district, known from sight) k
join turn d using (district)
cross join lateral (
    select * from gridward.place_record r
    where r.district = k.district and r.place = d.place and r.recorded_at < k.known and r.from_day <= d.day
    order by r.recorded_at desc limit 1) r
cross join lateral (
    select coalesce((select c.people > 0 from gridward.care c
                     where c.district = k.district and c.place = d.place and c.recorded_at < k.known and c.from_day <= d.day
                     order by c.recorded_at desc limit 1), false) as care) c
where (r.to_day is null or d.day < r.to_day)
  and not exists (select from gridward.place_record o
                  where o.district = k.district and o.place = d.place and o.recorded_at < k.known and o.recorded_at >= r.recorded_at and o.duplicate_of is not null)
group by 1, 2, 3, 4, 5, 6, 7, 8, 9;
create index on stands (district, known, place);
analyze stands;
analyze judged;

-- On which days a place owes which duty, by each version. Days in a row are one
-- spell, whatever the place was on them.
create temporary table owed as
select s.district, s.known, s.place, o.version, o.duty, range_agg(s.days) as days
from stands s
join owes o using (district, category, risk, supervised, under_compound, care, attributes)
group by 1, 2, 3, 4, 5;
create index on owed (district, known, version);
analyze owed;

-- The place that each record is one of, as known: its own, and what it turned out
-- to be a second record of, and what that did.
create temporary table belongs as
with recursive one (district, known, record, place) as (
    select k.district, k.known, p.id, p.id from (select distinct district, known from sight) k join gridward.place p using (district)
    union
    select o.district, o.known, o.record, r.duplicate_of
    from one o
    cross join lateral (
        select r.duplicate_of from gridward.place_record r
        where r.district = o.district and r.place = o.place and r.recorded_at < o.known
        order by r.recorded_at desc limit 1) r
    where r.duplicate_of is not null)
select * from one;
create index on belongs (district, known, place);

-- How good the evidence of each visit is by each version: 1 is A, 4 is D.
create temporary table graded as
select i.district, i.id, v.version, t.day,
       greatest(1,
           case when i.distance_m is null then v.no_position end,
           case when i.distance_m - coalesce(i.accuracy_m, 0) > v.very_far_m then v.very_far
                when i.distance_m - coalesce(i.accuracy_m, 0) > v.far_m then v.far end,
           case when i.distance_m is not null and coalesce(i.accuracy_m, 0) <= 0 then v.no_accuracy
                when i.distance_m is not null and i.accuracy_m > v.inaccurate_m then v.inaccurate end,
           case when i.dwell_s < v.short_dwell_s then v.short_dwell end,
           case when abs(i.skew_s) > v.clock_s then v.clock end,
           case when i.mock then v.mock end,
           case when cardinality(i.photos) = 0 and v.no_photo_asked then v.no_photo end,
           case when not case when v.shift_from = v.shift_to then true
                              when v.shift_from < v.shift_to then t.minute >= v.shift_from and t.minute < v.shift_to
                              else t.minute >= v.shift_from or t.minute < v.shift_to end then v.outside_shift end) <= v.counts as good
from gridward.inspection i
join version v using (district)
cross join lateral (
    select (i.at at time zone v.zone)::date as day,
           (extract(hour from i.at at time zone v.zone) * 60 + extract(minute from i.at at time zone v.zone))::int as minute) t;
create index on graded (district, id, version);

-- Obligations: the last spell of days on which the duty is owed that reaches into
-- the period decides; where the place belongs at its close says who answers.
create temporary table obligation as
select row_number() over () as obligation, j.*, o.place, o.duty, t.code, t.body, o.days, greatest(lower(l.spell), j.first) as since, lower(l.spell) as begins, upper(l.spell) as ends,
       often.times, often.spacing, often.category, a.town, a.park, a.community, a.grid
from judged j
join owed o using (district, known, version)
join duty t using (district, version, duty)
cross join lateral (select r as spell from unnest(o.days) r where lower(r) < j.after and upper(r) > j.first order by r desc limit 1) l
-- how often is what was asked when the period began, or when it came to owe the duty
cross join lateral (
    select w.times, w.spacing, (select s.category from stands s
            where s.district = j.district and s.known = j.known and s.place = o.place and s.days @> (least(upper(l.spell), j.after) - 1)) as category
    from stands s
    join owes w using (district, category, risk, supervised, under_compound, care, attributes)
    where s.district = j.district and s.known = j.known and s.place = o.place and s.days @> greatest(lower(l.spell), j.first)
      and w.version = j.version and w.duty = o.duty) often
-- on the period's last day, or today, or the last day on which the duty was owed
cross join lateral (select least(j.after - 1, upper(l.spell) - 1, greatest(j.today, lower(l.spell), j.first)) as day) c
left join lateral (
    select * from gridward.placement p
    where p.district = j.district and p.place = o.place and p.recorded_at < j.known
      and p.from_day <= greatest(c.day, (select min(b.from_day) from gridward.placement b
                                         where b.district = j.district and b.place = o.place and b.recorded_at < j.known))
    order by p.recorded_at desc limit 1) a on true
where t.kind = j.kind and (t.spans is null or daterange(j.first, j.after) = any (t.spans))
  and (t.units is null or a.town = any (t.units) or a.park = any (t.units) or a.community = any (t.units));
create index on obligation (obligation);
analyze obligation;
analyze belongs;
analyze graded;

-- The visits that are looked at for each: those to the place or to second records
-- of it that are known and stand, had happened, and serve the duty.
create temporary table looked as
select o.obligation, i.id as visit, i.at, i.received_at, i.unit, g.day, i.outcome,
       g.day >= o.first and g.day < o.after and o.days @> g.day as within,
       g.day < o.first and g.day >= o.begins as before,
       case when i.outcome = 'done' then coalesce(r.accepted, g.good) end as counts,
       r.accepted
from obligation o
join belongs b on b.district = o.district and b.known = o.known and b.place = o.place
join gridward.inspection i on i.district = o.district and i.place = b.record
join graded g on g.district = o.district and g.id = i.id and g.version = o.version
left join lateral (
    select r.accepted from gridward.inspection_review r
    where r.district = o.district and r.inspection = i.id and r.recorded_at < o.known
    order by r.recorded_at desc limit 1) r on true
where i.received_at < o.known and i.at <= o.until and i.outcome <> 'void' and g.day < o.after
  and not exists (select from gridward.inspection c where c.district = o.district and c.corrects = i.id and c.received_at < o.known)
  and exists (select from serves s where s.district = o.district and s.version = o.version and s.checklist = i.checklist and s.duty = o.duty);
create index on looked (obligation, at, visit);
analyze looked;

-- The visits that meet it: the first that counts, the first so many days after
-- that one, and so on.
create temporary table made as
with recursive made (obligation, n, visit, at, day) as (
    select o.obligation, 1, l.visit, l.at, l.day
    from obligation o
    cross join lateral (select * from looked l where l.obligation = o.obligation and l.within and l.counts order by l.at, l.visit limit 1) l
    union all
    select m.obligation, m.n + 1, l.visit, l.at, l.day
    from made m
    join obligation o using (obligation)
    cross join lateral (
        select * from looked l
        where l.obligation = m.obligation and l.within and l.counts and (l.at, l.visit) > (m.at, m.visit) and l.day - m.day >= o.spacing
        order by l.at, l.visit limit 1) l)
select * from made;
create index on made (obligation);

-- The same without what was reported after the period had ended.
create temporary table made_in_time as
with recursive made (obligation, n, visit, at, day) as (
    select o.obligation, 1, l.visit, l.at, l.day
    from obligation o
    cross join lateral (
        select * from looked l
        where l.obligation = o.obligation and l.within and l.counts and l.received_at < o.closes
        order by l.at, l.visit limit 1) l
    union all
    select m.obligation, m.n + 1, l.visit, l.at, l.day
    from made m
    join obligation o using (obligation)
    cross join lateral (
        select * from looked l
        where l.obligation = m.obligation and l.within and l.counts and l.received_at < o.closes
          and (l.at, l.visit) > (m.at, m.visit) and l.day - m.day >= o.spacing
        order by l.at, l.visit limit 1) l)
select * from made;
create index on made_in_time (obligation);
analyze made;
analyze made_in_time;

create temporary table verdict as
select o.district, o.sight, o.place, o.code, o.period, s.state, o.times, least(n.made, o.times) as made, o.category,
       coalesce(o.town, '') as town, coalesce(o.park, '') as park, coalesce(o.community, '') as community, coalesce(o.grid, '') as grid,
       case when s.state = 'met' then m.visit end as met_by, case when s.state = 'met' then m.day end as met_on,
       (select min(l.day) from looked l where l.obligation = o.obligation and l.within and l.outcome <> 'done') as tried_on,
       s.state = 'met' and (select count(*) from made_in_time t where t.obligation = o.obligation) < o.times as late,
       s.state = 'met' and v.unit <> '' and v.unit <> case when o.body = 'community' then h.community
                                                         when o.body = 'office' and h.park <> '' then h.park
                                                         else h.town end as astray,
       g.gap
from obligation o
cross join lateral (select count(*)::int as made from made m where m.obligation = o.obligation) n
left join made m on m.obligation = o.obligation and m.n = o.times
left join looked v on v.obligation = o.obligation and v.visit = m.visit
-- who held the duty on the day of the visit
left join lateral (
    select coalesce(max(p.town), '') as town, coalesce(max(p.park), '') as park, coalesce(max(p.community), '') as community
    from (select * from gridward.placement p
          where p.district = o.district and p.place = o.place and p.recorded_at < o.known
            and p.from_day <= greatest(m.day, (select min(b.from_day) from gridward.placement b
                                               where b.district = o.district and b.place = o.place and b.recorded_at < o.known))
          order by p.recorded_at desc limit 1) p) h on true
cross join lateral (
    select case
        when n.made >= o.times then 'met'
        when o.ends < o.after then 'not_due'                                     -- it ended, or no longer owes the duty
        when o.begins > o.first and o.after - o.begins < o.grace then 'not_due'  -- new, in grace
        when exists (select from gridward.exemption e
                     where e.district = o.district and e.place = o.place and e.duty = o.code and e.period = o.period and e.at < o.known
                       and not exists (select from gridward.exemption_withdrawal w
                                       where w.district = o.district and w.exemption = e.id and w.recorded_at < o.known)) then 'excused'
        when exists (select from looked l where l.obligation = o.obligation and l.within and not l.counts and l.accepted is null) then 'disputed'
        when exists (select from looked l where l.obligation = o.obligation and l.within and l.outcome <> 'done') then 'attempted'
        when o.today < o.after then 'open'
        else 'overdue' end as state) s
-- The longest time without a visit that counts: from the last one before the
-- period, or its first day, over those in it, to today or its end.
cross join lateral (
    select greatest(0, max(x.day - x.previous)) as gap
    from (select p.day, lag(p.day) over (order by p.step, p.day) as previous
          from (select 1 as step, coalesce((select max(l.day) from looked l where l.obligation = o.obligation and l.before and l.counts), o.since) as day
                union all
                select 2, l.day from looked l where l.obligation = o.obligation and l.within and l.counts
                union all
                select 3, least(o.after, greatest(o.today, o.first))) p) x) g;
