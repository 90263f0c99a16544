-- The plan that was to end when a withdrawn one began goes on.
-- $1 district, $2 town, $3 the day
update gridward.plan set status = 'published', effective_to = null, version = version + 1
where district = $1 and town = $2 and status = 'superseded' and effective_to = $3 and effective_from < $3
