-- What oracle.sql is told besides the tables of the service.

-- From where one looks: known is exclusive, until inclusive.
create temporary table sight (district text, sight int, known timestamptz, until timestamptz, today date);

create temporary table period (district text, period text, kind text, first date, after date);

-- Districts of which every day is looked at.
create temporary table every_day (district text);

-- Versions of the policy in the order in which they were put. Grades are 1 to 4.
create temporary table version (district text, version int, valid_from date, recorded timestamptz, retroactive boolean, zone text, grace int,
    counts int, no_position int, far_m real, far int, very_far_m real, very_far int, inaccurate_m real, inaccurate int, no_accuracy int,
    mock int, short_dwell_s int, short_dwell int, clock_s int, clock int, shift_from int, shift_to int, outside_shift int, no_photo_asked boolean, no_photo int);

-- Spans and units: of a campaign.
create temporary table duty (district text, version int, duty int, code text, kind text, body text, units text[], spans daterange[]);

create temporary table serves (district text, version int, checklist text, duty int);

-- What each kind of place owes, by each version.
create temporary table owes (district text, version int, category text, risk smallint, supervised boolean, under_compound boolean, care boolean, attributes jsonb,
    duty int, times int, spacing int);
create index on owes (district, version, duty);
