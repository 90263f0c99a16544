-- +goose Up
-- Coverage in two times: when something held or happened, and when we learned
-- of it (recorded_at, received_at). What follows is only ever added to, so that
-- an answer as known at a past moment stays what it was.

-- What was learned of a place: from a day on, so it is.
alter table gridward.place add column supervised boolean not null default false; -- 挂牌督办
alter table gridward.place add column duplicate_of uuid;                         -- the place that this one is a second record of
create table gridward.place_record (
    district       text        not null,
    place          uuid        not null,
    recorded_at    timestamptz not null,
    from_day       date        not null,
    to_day         date,
    category       text        not null,
    risk           smallint    not null,
    supervised     boolean     not null,
    under_compound boolean     not null,
    attributes     jsonb       not null,
    duplicate_of   uuid,
    town           text        not null,
    park           text        not null default '',
    community      text        not null,
    -- No foreign key: rows are copied from place, and PostgreSQL keeps the plan of
    -- its check from when the table had a hundred rows, which makes a first import
    -- of 100,000 places take minutes.
    primary key (district, place, recorded_at)
);
insert into gridward.place_record (district, place, recorded_at, from_day, to_day, category, risk, supervised, under_compound, attributes, town, park, community)
select p.district, p.id, p.valid_from, p.valid_from, p.valid_to, p.category, p.risk, false,
       coalesce(b.category in ('residential_compound', 'residential_building', 'high_rise_residential'), false), p.attributes, p.town, p.park, p.community
from gridward.place p left join gridward.place b on b.district = p.district and b.id = p.above;

-- Where a place belongs: its units and its grid, from a day on.
create table gridward.placement (
    district    text        not null,
    place       uuid        not null,
    recorded_at timestamptz not null,
    from_day    date        not null,
    town        text        not null,
    park        text        not null default '',
    community   text        not null,
    grid        text        not null default '',
    primary key (district, place, recorded_at) -- no foreign key, as above
);
insert into gridward.placement (district, place, recorded_at, from_day, town, park, community, grid)
select p.district, p.id, p.valid_from, p.valid_from, p.town, p.park, p.community, coalesce(a.grid, '')
from gridward.place p left join gridward.assignment a on a.district = p.district and a.place = p.id;

-- People who need care: how many, nothing else.
create table gridward.care (
    district    text        not null,
    id          uuid        not null,
    place       uuid        not null,
    recorded_at timestamptz not null,
    from_day    date        not null,
    people      smallint    not null check (people >= 0),
    actor       text        not null,
    town        text        not null,
    park        text        not null default '',
    community   text        not null,
    primary key (district, id),
    foreign key (district, place) references gridward.place (district, id)
);
create index care_place on gridward.care (district, place, recorded_at);

-- What a visit can say for itself, and corrections.
alter table gridward.inspection drop constraint inspection_outcome_check;
alter table gridward.inspection add constraint inspection_outcome_check check (outcome in ('done', 'no_access', 'refused', 'not_found', 'partial', 'void'));
alter table gridward.inspection add column device_at timestamptz;            -- at, before a wrong clock was allowed for
alter table gridward.inspection add column skew_s integer not null default 0; -- the device's clock less ours
alter table gridward.inspection add column unit text not null default '';    -- for which the inspector acted
alter table gridward.inspection add column walk uuid;                        -- one walk that covered several places
alter table gridward.inspection add column corrects uuid;                    -- the inspection that this one stands for
alter table gridward.inspection add column device text not null default '';
alter table gridward.inspection add column dwell_s integer check (dwell_s >= 0);
alter table gridward.inspection add column mock boolean not null default false;
alter table gridward.inspection add column photos bytea[] not null default '{}'; -- SHA-256 of each
alter table gridward.inspection add column distance_m real;                  -- of the position from the footprint, as it was then
alter table gridward.inspection add constraint inspection_void_corrects check (outcome <> 'void' or corrects is not null);
alter table gridward.inspection add constraint inspection_corrects foreign key (district, corrects) references gridward.inspection (district, id);
create unique index inspection_corrected on gridward.inspection (district, corrects) where corrects is not null;
create index inspection_received on gridward.inspection (district, received_at);

-- A person's word on a visit's evidence.
create table gridward.inspection_review (
    district    text        not null,
    id          uuid        not null,
    inspection  uuid        not null,
    recorded_at timestamptz not null,
    accepted    boolean     not null,
    reviewer    text        not null check (reviewer <> ''),
    reason      text        not null check (reason <> ''),
    town        text        not null,
    park        text        not null default '',
    community   text        not null,
    primary key (district, id),
    foreign key (district, inspection) references gridward.inspection (district, id)
);
create index inspection_review_of on gridward.inspection_review (district, inspection);

create table gridward.exemption_withdrawal (
    district    text        not null,
    exemption   uuid        not null,
    recorded_at timestamptz not null,
    reviewer    text        not null check (reviewer <> ''),
    reason      text        not null check (reason <> ''),
    town        text        not null,
    park        text        not null default '',
    community   text        not null,
    primary key (district, exemption),
    foreign key (district, exemption) references gridward.exemption (district, id)
);
create index exemption_place on gridward.exemption (district, place);

-- A version of the policy keeps its words for ever.
alter table gridward.policy add column recorded_at timestamptz;
update gridward.policy set recorded_at = valid_from;
alter table gridward.policy alter column recorded_at set not null;
revoke update, delete on gridward.policy from gridward_service;

create table gridward.certificate (
    district  text        not null,
    id        uuid        not null,
    unit      text        not null,
    class     smallint    not null,
    period    text        not null,
    known_at  timestamptz not null,
    issued_at timestamptz not null,
    document  text        not null,
    actor     text        not null,
    town      text        not null default '',
    park      text        not null default '',
    community text        not null default '',
    primary key (district, id)
);
create index certificate_issued on gridward.certificate (district, issued_at, id);

alter table gridward.place_record enable row level security;
alter table gridward.place_record force row level security;
create policy scope on gridward.place_record using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.placement enable row level security;
alter table gridward.placement force row level security;
create policy scope on gridward.placement using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.care enable row level security;
alter table gridward.care force row level security;
create policy scope on gridward.care using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.inspection_review enable row level security;
alter table gridward.inspection_review force row level security;
create policy scope on gridward.inspection_review using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.exemption_withdrawal enable row level security;
alter table gridward.exemption_withdrawal force row level security;
create policy scope on gridward.exemption_withdrawal using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
alter table gridward.certificate enable row level security;
alter table gridward.certificate force row level security;
create policy scope on gridward.certificate using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || park || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
grant select, insert on gridward.place_record, gridward.placement, gridward.care, gridward.inspection_review,
    gridward.exemption_withdrawal, gridward.certificate to gridward_service;
