-- $1 district, $2 plan
delete from gridward.plan_step where district = $1 and plan = $2
