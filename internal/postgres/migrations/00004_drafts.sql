-- +goose Up
-- Plans that are drawn: a draft is a base plan and a list of steps. Nothing
-- comes into force without a review on record.
alter table gridward.plan drop constraint plan_status_check;
alter table gridward.plan add constraint plan_status_check check (status in ('draft', 'proposed', 'published', 'superseded'));
alter table gridward.plan drop constraint plan_check;
alter table gridward.plan add constraint plan_dated check (status in ('draft', 'proposed') or effective_from is not null);
alter table gridward.plan add column base uuid;                            -- what it was drawn on
alter table gridward.plan add column version integer not null default 1;   -- counts its writes, for If-Match
alter table gridward.plan add column last_step integer not null default 0; -- the highest number that a step of it ever had
alter table gridward.plan add column created_by text not null default '';
alter table gridward.plan add column reviewer text not null default '';
alter table gridward.plan add column review_note text not null default '';
alter table gridward.plan add column reviewed_at timestamptz;
update gridward.plan set reviewer = 'cli:plan', reviewed_at = created_at where status in ('published', 'superseded');
alter table gridward.plan add constraint plan_reviewed check (status in ('draft', 'proposed') or (reviewer <> '' and reviewed_at is not null));
create index plan_town on gridward.plan (district, town, created_at);

create table gridward.plan_step (
    district  text        not null,
    plan      uuid        not null,
    seq       integer     not null check (seq > 0),
    town      text        not null,
    name      text        not null default '',
    operation jsonb       not null,
    state     text        not null check (state in ('done', 'undone')),
    actor     text        not null,
    at        timestamptz not null,
    primary key (district, plan, seq),
    foreign key (district, plan) references gridward.plan (district, id) on delete cascade
);

-- Every grid code that was ever given: none is given twice, not even to a plan
-- that was withdrawn before it came into force.
create table gridward.grid_code (
    district  text not null,
    code      text not null check (code ~ '^[0-9]{15}$'),
    town      text not null,
    community text not null,
    plan      uuid not null, -- that gave it
    given_on  date not null,
    primary key (district, code)
);
insert into gridward.grid_code (district, code, town, community, plan, given_on)
select distinct on (g.district, g.code) g.district, g.code, g.town, g.community, g.plan, coalesce(p.effective_from, p.created_at::date)
from gridward.grid g join gridward.plan p on p.district = g.district and p.id = g.plan
order by g.district, g.code, p.created_at;

-- From which grids of the plan before the land of a new or changed grid came.
create table gridward.grid_origin (
    district  text not null,
    plan      uuid not null,
    code      text not null,
    origin    text not null,
    town      text not null,
    community text not null,
    area_m2   double precision not null check (area_m2 > 0),
    share     double precision not null check (share > 0 and share <= 1), -- of the new grid's area
    primary key (district, plan, code, origin),
    foreign key (district, plan, code) references gridward.grid (district, plan, code) on delete cascade
);

-- A grid's code is the same grid from plan to plan, so that publishing moves the
-- places that move and no others.
alter table gridward.assignment drop column plan;

alter table gridward.plan_step enable row level security;
alter table gridward.plan_step force row level security;
create policy scope on gridward.plan_step using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0));
alter table gridward.grid_code enable row level security;
alter table gridward.grid_code force row level security;
create policy scope on gridward.grid_code using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0));
alter table gridward.grid_origin enable row level security;
alter table gridward.grid_origin force row level security;
create policy scope on gridward.grid_origin using (
    strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0 and (
    strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || town || ',') > 0
    or strpos(current_setting('gridward.scope', true), ',' || community || ',') > 0));
grant select, insert, update, delete on gridward.plan_step, gridward.grid_origin to gridward_service;
grant select, insert on gridward.grid_code to gridward_service; -- what was given stays given
