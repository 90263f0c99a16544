-- +goose Up
-- Who answers for the grids: teams and people, the postings that give them
-- grids class by class over time, absences with their substitutes, and days off.
-- Nothing here is ever removed: what was posted on a day answers for that day.

create table gridward.team (
    district   text    not null,
    id         uuid    not null,
    name       text    not null check (name <> ''),
    unit       text    not null check (unit ~ '^[0-9]{12}$'),
    body       text    not null check (body in ('community', 'town_patrol', 'office')),
    provider   text    not null default '', -- the contractor whose people they are
    -- the units whose accounts may see the row: its unit and everything above it
    town       text    not null default '',
    park       text    not null default '',
    community  text    not null default '',
    valid_from date    not null,
    valid_to   date,
    version    integer not null default 1,
    primary key (district, id),
    check (valid_to is null or valid_to >= valid_from)
);
create index team_unit on gridward.team (district, unit);

create table gridward.person (
    district        text    not null,
    id              uuid    not null,
    name            text    not null check (name <> ''), -- or a staff number, where names are not kept
    kind            text    not null,
    unit            text    not null check (unit ~ '^[0-9]{12}$'),
    team            uuid,
    skills          text[]  not null default '{}',
    hours_per_month double precision not null default 0 check (hours_per_month between 0 and 744),
    shifts          jsonb   not null default '[]',
    town            text    not null default '',
    park            text    not null default '',
    community       text    not null default '',
    valid_from      date    not null,
    valid_to        date,
    version         integer not null default 1,
    primary key (district, id),
    foreign key (district, team) references gridward.team (district, id),
    check (valid_to is null or valid_to >= valid_from)
);
create index person_team on gridward.person (district, team) where team is not null;

create table gridward.posting (
    district   text     not null,
    id         uuid     not null,
    grid       text     not null check (grid ~ '^[0-9]{15}$'),
    class      smallint not null check (class between 1 and 3),
    team       uuid,
    person     uuid,
    town       text     not null,
    park       text     not null default '',
    community  text     not null,
    valid_from date     not null,
    valid_to   date,
    version    integer  not null default 1,
    primary key (district, id),
    foreign key (district, team) references gridward.team (district, id),
    foreign key (district, person) references gridward.person (district, id),
    check ((team is null) <> (person is null)),
    -- one that ended on its first day was a mistake and never held
    check (valid_to is null or valid_to >= valid_from),
    -- one holder a grid and class on any day
    exclude using gist (district with =, grid with =, class with =, daterange(valid_from, valid_to) with &&)
);
create index posting_person on gridward.posting (district, person) where person is not null;
create index posting_team on gridward.posting (district, team) where team is not null;

create table gridward.absence (
    district   text    not null,
    id         uuid    not null,
    person     uuid    not null,
    reason     text    not null,
    substitute uuid,
    town       text    not null default '',
    park       text    not null default '',
    community  text    not null default '',
    valid_from date    not null,
    valid_to   date    not null,
    version    integer not null default 1,
    primary key (district, id),
    foreign key (district, person) references gridward.person (district, id),
    foreign key (district, substitute) references gridward.person (district, id),
    check (substitute <> person),
    check (valid_to >= valid_from),
    -- so that a day has one substitute
    exclude using gist (district with =, person with =, daterange(valid_from, valid_to) with &&)
);

create table gridward.holiday (
    district   text    not null,
    id         uuid    not null,
    unit       text    not null check (unit ~ '^[0-9]{12}$'),
    name       text    not null check (name <> ''),
    town       text    not null default '',
    park       text    not null default '',
    community  text    not null default '',
    valid_from date    not null,
    valid_to   date    not null,
    version    integer not null default 1,
    primary key (district, id),
    check (valid_to >= valid_from)
);

alter table gridward.team enable row level security;
alter table gridward.team force row level security;
create policy scope on gridward.team using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.person enable row level security;
alter table gridward.person force row level security;
create policy scope on gridward.person using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.posting enable row level security;
alter table gridward.posting force row level security;
create policy scope on gridward.posting using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.absence enable row level security;
alter table gridward.absence force row level security;
create policy scope on gridward.absence using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
-- The district's own days off are everybody's to read and the whole district's to set.
alter table gridward.holiday enable row level security;
alter table gridward.holiday force row level security;
create policy scope on gridward.holiday
    using (strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
        strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
        or (town = '' and park = '' and community = '')
        or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
        or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
        or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0))
    with check (strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
        strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
        or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
        or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
        or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));

grant select, insert, update on gridward.team, gridward.person, gridward.posting, gridward.absence, gridward.holiday to gridward_service;
