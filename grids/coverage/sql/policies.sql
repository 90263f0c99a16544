-- $1 district
select version, valid_from, document from gridward.policy where district = $1 order by valid_from, version
