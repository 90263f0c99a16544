-- What had been undone cannot be done again once something else is done.
-- $1 district, $2 plan
delete from gridward.plan_step where district = $1 and plan = $2 and state = 'undone'
