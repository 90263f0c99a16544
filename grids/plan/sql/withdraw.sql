-- A published plan that has not begun is a draft again.
-- $1 district, $2 plan, $3 the version known, $4 today
update gridward.plan set status = 'draft', effective_from = null, effective_to = null, reviewer = '', review_note = '', reviewed_at = null, version = version + 1
where district = $1 and id = $2 and version = $3 and status = 'published' and effective_from > $4
returning version
