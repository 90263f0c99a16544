-- The district unit of a district on a day.
-- $1 district, $2 day
select code, name, name_en, geom from gridward.unit
where district = $1 and kind = 'district' and valid_from <= $2 and (valid_to is null or valid_to > $2)
