-- Counts one more write of a plan, if it is as the writer knew it.
-- $1 district, $2 plan, $3 the version known, $4 its status, $5 status from now on, $6 name (null: as it is), $7 base (null: as it is), $8 highest step
update gridward.plan as p set version = p.version + 1, status = $5, name = coalesce($6::text, p.name), base = coalesce($7::uuid, p.base), last_step = greatest(p.last_step, $8)
where district = $1 and id = $2 and version = $3 and status = $4
returning version
