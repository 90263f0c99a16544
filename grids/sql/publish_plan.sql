-- Makes a plan the published one; it may have been a proposed draft.
-- $1 district, $2 id, $3 town, $4 name, $5 origin, $6 effective from, $7 created, $8 base, $9 created by, $10 reviewer, $11 note, $12 now
insert into gridward.plan as p (district, id, town, name, status, origin, effective_from, created_at, base, created_by, reviewer, review_note, reviewed_at)
values ($1, $2, $3, $4, 'published', $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (district, id) do update set status = excluded.status, effective_from = excluded.effective_from, effective_to = excluded.effective_to,
    reviewer = excluded.reviewer, review_note = excluded.review_note, reviewed_at = excluded.reviewed_at, version = p.version + 1
