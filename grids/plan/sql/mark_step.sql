-- Marks a step done or undone.
-- $1 district, $2 plan, $3 number, $4 state
update gridward.plan_step set state = $4 where district = $1 and plan = $2 and seq = $3 and state <> $4
