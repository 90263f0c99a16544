-- Whether a district keeps a roster: whether anybody was ever posted.
-- $1 district
select exists (select from gridward.posting where district = $1)
