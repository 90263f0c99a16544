-- Clears what a new assignment replaces.
-- $1 district, $2 towns (null: all)
delete from gridward.assignment where district = $1 and ($2::text[] is null or town = any ($2))
