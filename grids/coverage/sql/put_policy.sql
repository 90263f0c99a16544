-- Stores a version; one that is there keeps its words.
-- $1 district, $2 version, $3 valid from, $4 document, $5 learned at
insert into gridward.policy (district, version, valid_from, document, recorded_at) values ($1, $2, $3, $4, $5)
on conflict (district, version) do nothing
