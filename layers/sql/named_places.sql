-- Where the standing places of a layer are, for names that only one bears.
-- $1 district, $2 layer, $3 day
select name, min(x), min(y)
from gridward.place
where district = $1 and layer = $2 and name <> '' and valid_from <= $3 and (valid_to is null or valid_to > $3)
group by name
having count(*) = 1
