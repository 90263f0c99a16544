-- Where places belong, before it is compared with what is stored.
create temporary table staged_placement (
    place uuid primary key, town text, park text, community text,
    grid text, reason text, share_ppm integer -- null where no grid is wanted
) on commit drop
