-- Whether a unit, a parent link or a plan began or ended after one day and up
-- to another.
-- $1 district, $2 after this day, $3 up to this one
select exists (select from gridward.unit where district = $1 and ((valid_from > $2 and valid_from <= $3) or (valid_to > $2 and valid_to <= $3)))
    or exists (select from gridward.unit_parent where district = $1 and ((valid_from > $2 and valid_from <= $3) or (valid_to > $2 and valid_to <= $3)))
    or exists (select from gridward.plan where district = $1 and status in ('published', 'superseded')
               and ((effective_from > $2 and effective_from <= $3) or (effective_to > $2 and effective_to <= $3)))
