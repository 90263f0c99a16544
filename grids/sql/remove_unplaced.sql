-- Removes the assignments of places that no grid has any more.
-- $1 district
delete from gridward.assignment a using staged_placement s
where a.district = $1 and a.place = s.place and s.grid is null
