-- Plans, the newest first, with how many of their steps are done and undone and
-- the town's latest published plan.
-- $1 district, $2 visible units (null: all), $3 town (null: all), $4 status (null: all), $5 ids (null: all),
-- $6 created before or at (null: from the newest), $7 and its id, $8 limit
select p.id, p.town, p.name, p.status, p.origin, p.base, p.effective_from, p.effective_to, p.created_at, p.created_by,
       p.reviewer, p.review_note, p.reviewed_at, p.version, p.last_step,
       (select count(*) from gridward.plan_step s where s.district = p.district and s.plan = p.id and s.state = 'done'),
       (select count(*) from gridward.plan_step s where s.district = p.district and s.plan = p.id and s.state = 'undone'),
       (select count(*) from gridward.grid g where g.district = p.district and g.plan = p.id),
       (select l.id from gridward.plan l where l.district = p.district and l.town = p.town and l.status = 'published' order by l.effective_from desc limit 1)
from gridward.plan p
where p.district = $1 and ($2::text[] is null or p.town = any ($2))
  and ($3::text is null or p.town = $3) and ($4::text is null or p.status = $4) and ($5::uuid[] is null or p.id = any ($5))
  and ($6::timestamptz is null or (p.created_at, p.id) < ($6, $7::uuid))
order by p.created_at desc, p.id desc
limit $8
