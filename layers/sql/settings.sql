-- $1 district
select key, value from gridward.district_setting where district = $1
