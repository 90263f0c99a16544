-- Rows of one import, before they are merged.
create temporary table staged_place (
    id uuid, source_id text, category text, name text, address text, geom geometry, x integer, y integer, h3 bigint,
    town text, park text, community text, risk smallint, attributes jsonb, above uuid,
    valid_from date, valid_to date
) on commit drop
