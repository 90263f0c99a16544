-- Ends a town's plan on the day on which the next one begins.
-- $1 district, $2 town, $3 day
update gridward.plan set status = 'superseded', effective_to = $3, version = version + 1
where district = $1 and town = $2 and status = 'published' and effective_from < $3
