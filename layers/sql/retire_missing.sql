-- Retires on a day every place of a source whose id is not among those imported.
-- $1 district, $2 layer, $3 source, $4 day, $5 source ids that are still there
update gridward.place set valid_to = greatest($4, valid_from), version = version + 1
where district = $1 and layer = $2 and source = $3 and valid_to is null and source_id <> all ($5::text[])
returning id
