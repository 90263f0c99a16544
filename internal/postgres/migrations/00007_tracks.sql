-- +goose Up
-- Patrols on foot: tracks as devices reported them, and what was walked and seen
-- by them. Nothing here is ever changed; what is known at a moment was received
-- before it. town, park and community are those of the unit that patrolled.

create table gridward.track (
    district    text        not null,
    id          uuid        not null, -- made by the client
    inspector   text        not null check (inspector <> ''),
    unit        text        not null, -- for which the inspector patrolled
    device      text        not null default '',
    started_at  timestamptz not null,
    ended_at    timestamptz not null,
    received_at timestamptz not null,
    geom        geometry(LineStringM, 4326) not null, -- the measure is the time in Unix seconds
    accuracy    real[]      not null, -- of each position in metres; 0: the device did not say
    used        integer     not null, -- positions that cover something
    dropped     jsonb       not null, -- the others by reason
    policy      text        not null, -- the version whose rules were asked
    town        text        not null,
    park        text        not null default '',
    community   text        not null default '',
    primary key (district, id),
    check (started_at < ended_at)
);
create index track_started on gridward.track (district, started_at, id);

-- A stretch of a street that a track walked on a day, in centimetres from where
-- the street's line begins. No foreign key to the street: it may be retired.
create table gridward.walked (
    district    text        not null,
    track       uuid        not null,
    street      uuid        not null,
    day         date        not null,
    from_cm     bigint      not null check (from_cm >= 0),
    to_cm       bigint      not null,
    first_at    timestamptz not null,
    received_at timestamptz not null, -- the track's
    town        text        not null,
    park        text        not null default '',
    community   text        not null default '',
    primary key (district, track, street, day, from_cm),
    foreign key (district, track) references gridward.track (district, id),
    check (from_cm < to_cm)
);
create index walked_day on gridward.walked (district, day);

-- What a track saw of a public area on a day: a bit for each of the area's cells,
-- and from when to when somebody was inside.
create table gridward.looked (
    district    text          not null,
    track       uuid          not null,
    area        uuid          not null,
    day         date          not null,
    cells       bytea         not null, -- words of 64 bits, the lowest byte first
    stay_from   timestamptz[] not null,
    stay_to     timestamptz[] not null,
    received_at timestamptz   not null, -- the track's
    town        text          not null,
    park        text          not null default '',
    community   text          not null default '',
    primary key (district, track, area, day),
    foreign key (district, track) references gridward.track (district, id)
);
create index looked_day on gridward.looked (district, day);

alter table gridward.track enable row level security;
alter table gridward.track force row level security;
create policy scope on gridward.track using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.walked enable row level security;
alter table gridward.walked force row level security;
create policy scope on gridward.walked using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.looked enable row level security;
alter table gridward.looked force row level security;
create policy scope on gridward.looked using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
grant select, insert on gridward.track, gridward.walked, gridward.looked to gridward_service;
