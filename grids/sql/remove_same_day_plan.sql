-- A plan that begins on the very day on which its successor does was never in force: it stays as a draft.
-- $1 district, $2 town, $3 day
update gridward.plan set status = 'draft', effective_from = null, effective_to = null
where district = $1 and town = $2 and status = 'published' and effective_from >= $3
