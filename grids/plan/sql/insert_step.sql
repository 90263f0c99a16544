-- $1 district, $2 plan, $3 number, $4 town, $5 name, $6 operation, $7 state, $8 actor, $9 now
insert into gridward.plan_step (district, plan, seq, town, name, operation, state, actor, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
