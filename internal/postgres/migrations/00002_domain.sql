-- +goose Up
-- The domain's tables. Rules (a test holds them): district stands first in every
-- primary, unique and foreign key; no sequence, trigger or rule; row-level
-- security forced everywhere, by one setting.

-- H3 keys by bit arithmetic, as in package geo: immutable, so indexes may use them.
create function gridward.h3_parent(key bigint, res integer) returns bigint
language sql immutable strict parallel safe
return (key & ~(15::bigint << 52)) | (res::bigint << 52) | ((1::bigint << (3 * (15 - res))) - 1);

create function gridward.h3_first_key(cell bigint) returns bigint
language sql immutable strict parallel safe
return ((cell & ~(15::bigint << 52)) | (15::bigint << 52))
       & ~((1::bigint << (3 * (15 - ((cell >> 52) & 15)::integer))) - 1);

create function gridward.h3_last_key(cell bigint) returns bigint
language sql immutable strict parallel safe
return gridward.h3_first_key(cell)
       | (((1::bigint << (3 * (15 - ((cell >> 52) & 15)::integer))) - 1) / 7 * 6);

create table gridward.unit (
    district   text     not null check (district ~ '^[0-9]{6}$'),
    code       text     not null check (code ~ '^[0-9]{12}$'),
    kind       text     not null check (kind in ('district', 'town', 'park', 'community')),
    name       text     not null,
    name_en    text     not null default '',
    -- the units whose accounts may see the row: itself and everything above it
    town       text     not null default '',
    park       text     not null default '',
    community  text     not null default '',
    geom       geometry(MultiPolygon, 4326) not null,
    h3         bigint   not null,
    valid_from date     not null,
    valid_to   date,
    version    integer  not null default 1,
    primary key (district, code, valid_from),
    check (valid_to is null or valid_to > valid_from),
    exclude using gist (district with =, code with =, daterange(valid_from, valid_to) with &&)
);

create table gridward.unit_parent (
    district   text not null,
    child      text not null,
    parent     text not null,
    valid_from date not null,
    valid_to   date,
    primary key (district, child, valid_from),
    check (valid_to is null or valid_to > valid_from),
    exclude using gist (district with =, child with =, daterange(valid_from, valid_to) with &&)
);

create table gridward.place (
    district   text     not null,
    id         uuid     not null,
    layer      text     not null,
    source     text     not null,
    source_id  text     not null,
    category   text     not null,
    name       text     not null default '',
    address    text     not null default '',
    geom       geometry not null check (st_srid(geom) = 4326),
    -- the anchor that stands for the place, on the lattice of 1e-7 degree, and its H3 key
    x          integer  not null,
    y          integer  not null,
    h3         bigint   not null,
    town       text     not null default '',
    park       text     not null default '',
    community  text     not null default '',
    risk       smallint not null default 0 check (risk between 0 and 4),
    attributes jsonb    not null default '{}',
    above      uuid,
    valid_from date     not null,
    valid_to   date,
    version    integer  not null default 1,
    primary key (district, id),
    unique (district, layer, source, source_id),
    check (valid_to is null or valid_to >= valid_from)
);
create index place_h3 on gridward.place (district, layer, h3);
create index place_category on gridward.place (district, category, id);
create index place_community on gridward.place (district, community, id);
create index place_above on gridward.place (district, above) where above is not null;

create table gridward.plan (
    district       text not null,
    id             uuid not null,
    town           text not null,
    name           text not null,
    status         text not null check (status in ('draft', 'published', 'superseded')),
    origin         text not null, -- 'generated' or the file it was read from
    effective_from date,
    effective_to   date,
    created_at     timestamptz not null,
    primary key (district, id),
    check (status = 'draft' or effective_from is not null),
    -- one effective plan a town at any instant
    exclude using gist (district with =, town with =, daterange(effective_from, effective_to) with &&)
        where (status in ('published', 'superseded'))
);

create table gridward.grid (
    district  text not null,
    plan      uuid not null,
    code      text not null check (code ~ '^[0-9]{15}$'),
    name      text not null default '',
    town      text not null,
    community text not null,
    geom      geometry(MultiPolygon, 4326) not null,
    h3        bigint not null,
    area_m2   double precision not null,
    primary key (district, plan, code),
    foreign key (district, plan) references gridward.plan (district, id)
);
create index grid_community on gridward.grid (district, community);

create table gridward.assignment (
    district  text    not null,
    place     uuid    not null,
    plan      uuid    not null,
    grid      text    not null,
    reason    text    not null check (reason in ('inside', 'on_border', 'largest_share', 'equal_shares')),
    share_ppm integer not null check (share_ppm between 0 and 1000000),
    town      text    not null,
    park      text    not null default '',
    community text    not null,
    primary key (district, place),
    foreign key (district, place) references gridward.place (district, id) on delete cascade
);
create index assignment_grid on gridward.assignment (district, grid, place);

create table gridward.inspection (
    district    text not null,
    id          uuid not null,
    place       uuid not null,
    at          timestamptz not null, -- when it happened, by the inspector's device
    received_at timestamptz not null, -- when the service learned of it
    inspector   text not null,
    outcome     text not null check (outcome in ('done', 'no_access', 'refused', 'not_found')),
    checklist   text not null,
    position    geometry(Point, 4326),
    accuracy_m  real,
    note        text not null default '',
    town        text not null,
    park        text not null default '',
    community   text not null,
    primary key (district, id),
    foreign key (district, place) references gridward.place (district, id)
);
create index inspection_at on gridward.inspection (district, at);
create index inspection_place on gridward.inspection (district, place, at);

create table gridward.exemption (
    district  text not null,
    id        uuid not null,
    place     uuid not null,
    duty      text not null,
    period    text not null,
    reason    text not null check (reason <> ''),
    reviewer  text not null check (reviewer <> ''),
    at        timestamptz not null,
    town      text not null,
    park      text not null default '',
    community text not null,
    primary key (district, id),
    foreign key (district, place) references gridward.place (district, id)
);
create index exemption_period on gridward.exemption (district, period);

create table gridward.hazard (
    district      text     not null,
    id            uuid     not null,
    type          text     not null,
    severity      smallint not null check (severity between 1 and 4),
    state         text     not null check (state in ('discovered', 'filed', 'dispatched', 'handled', 'verified', 'closed')),
    place         uuid,
    inspection    uuid,
    geom          geometry(Point, 4326) not null,
    h3            bigint   not null,
    discovered_at timestamptz not null,
    closed_at     timestamptz,
    origin        text     not null,
    description   text     not null default '',
    town          text     not null,
    park          text     not null default '',
    community     text     not null,
    version       integer  not null default 1,
    primary key (district, id),
    foreign key (district, place) references gridward.place (district, id),
    check ((state = 'closed') = (closed_at is not null))
);
create index hazard_h3 on gridward.hazard (district, h3);
create index hazard_place on gridward.hazard (district, place) where place is not null;
create index hazard_at on gridward.hazard (district, discovered_at, id);

create table gridward.policy (
    district   text not null,
    version    text not null,
    valid_from date not null,
    document   text not null,
    primary key (district, version)
);

create table gridward.account (
    district   text not null,
    id         uuid not null,
    name       text not null,
    role       text not null check (role in ('admin', 'planner', 'inspector', 'viewer', 'auditor')),
    units      text[] not null, -- 12-digit codes; the district's own code for the whole district
    token_hash bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    primary key (district, id)
);

create table gridward.district_setting (
    district text not null,
    key      text not null,
    value    text not null,
    primary key (district, key)
);

-- The second wall. A row is seen when gridward.scope is of its district (9
-- digits) and names the district (6 digits) or one of the row's units (12
-- digits); see Scope in scope.go. A row that lies in no park has an empty code
-- for it, which matches nothing.
alter table gridward.unit enable row level security;
alter table gridward.unit force row level security;
create policy scope on gridward.unit using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || code || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.place enable row level security;
alter table gridward.place force row level security;
create policy scope on gridward.place using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.grid enable row level security;
alter table gridward.grid force row level security;
create policy scope on gridward.grid using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.plan enable row level security;
alter table gridward.plan force row level security;
create policy scope on gridward.plan using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0));
alter table gridward.assignment enable row level security;
alter table gridward.assignment force row level security;
create policy scope on gridward.assignment using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.inspection enable row level security;
alter table gridward.inspection force row level security;
create policy scope on gridward.inspection using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.exemption enable row level security;
alter table gridward.exemption force row level security;
create policy scope on gridward.exemption using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.hazard enable row level security;
alter table gridward.hazard force row level security;
create policy scope on gridward.hazard using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));

-- Read by every account of the district, whatever its scope.
alter table gridward.unit_parent enable row level security;
alter table gridward.unit_parent force row level security;
create policy scope on gridward.unit_parent
    using (strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0);
alter table gridward.policy enable row level security;
alter table gridward.policy force row level security;
create policy scope on gridward.policy
    using (strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0);
alter table gridward.account enable row level security;
alter table gridward.account force row level security;
create policy scope on gridward.account
    using (strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0);
alter table gridward.district_setting enable row level security;
alter table gridward.district_setting force row level security;
create policy scope on gridward.district_setting
    using (strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0);

grant select, insert, update, delete on gridward.unit, gridward.unit_parent, gridward.place, gridward.plan, gridward.grid,
    gridward.assignment, gridward.hazard, gridward.policy, gridward.account, gridward.district_setting to gridward_service;
-- Inspections and exemptions are append-only: no right to change or remove one.
grant select, insert on gridward.inspection, gridward.exemption to gridward_service;
grant execute on all functions in schema gridward to gridward_service;
