-- The steps of a plan, in order.
-- $1 district, $2 plan
select seq, name, operation, state, actor, at from gridward.plan_step where district = $1 and plan = $2 order by seq
