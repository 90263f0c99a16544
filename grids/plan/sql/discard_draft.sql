-- $1 district, $2 plan, $3 the version known
delete from gridward.plan where district = $1 and id = $2 and version = $3 and status = 'draft'
