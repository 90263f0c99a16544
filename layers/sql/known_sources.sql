-- What is known of a source: for finding what a re-import changes.
-- $1 district, $2 layer, $3 source
select source_id, id, valid_to is not null, risk, x, y
from gridward.place
where district = $1 and layer = $2 and source = $3
