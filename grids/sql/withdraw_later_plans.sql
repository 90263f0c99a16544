-- Plans that were to begin on a day or later, or began that very day, never
-- held for a day: they are superseded from the day on which they were to begin.
-- $1 district, $2 town, $3 day
update gridward.plan set status = 'superseded', effective_to = effective_from, version = version + 1
where district = $1 and town = $2 and status = 'published' and effective_from >= $3
