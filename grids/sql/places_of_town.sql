-- The places of a town, a park's on its land among them.
-- $1 district, $2 town, $3 communities
select id from gridward.place where district = $1 and (town = $2 or community = any ($3)) order by h3, id
