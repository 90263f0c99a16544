-- $1 district
select place, duty, period, reason, reviewer, id from gridward.exemption where district = $1
