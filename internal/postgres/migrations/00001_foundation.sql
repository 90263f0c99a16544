-- +goose Up
-- What every district's service stands on: the service's role, the change feed,
-- the audit trail and the clients' write keys.
create extension if not exists postgis;
create extension if not exists btree_gist;
create schema if not exists gridward;

-- +goose StatementBegin
do $$
begin
    -- The role is the server's, not the database's: another database may have made it.
    create role gridward_service nologin nosuperuser nocreatedb nocreaterole noinherit nobypassrls;
exception when duplicate_object or unique_violation then null;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
do $$
begin
    -- The owner connects and steps down to the service's role; a superuser may already.
    -- From PostgreSQL 16 on, who makes a role is its member but may not become it.
    if not (select rolsuper from pg_roles where rolname = current_user)
       and (current_setting('server_version_num')::integer >= 160000
            or not pg_has_role(current_user, 'gridward_service', 'member')) then
        execute format('grant gridward_service to %I', current_user);
    end if;
exception when insufficient_privilege then null; -- granted beforehand by an administrator, else connecting says so
end $$;
-- +goose StatementEnd
grant usage on schema gridward to gridward_service;

create table gridward.change_feed (
    district text        not null,
    id       uuid        not null, -- UUIDv7: rows of one transaction in order
    xid      xid8        not null default pg_current_xact_id(),
    topic    text        not null,
    entity   uuid,
    detail   jsonb,
    at       timestamptz not null default clock_timestamp(),
    primary key (district, id)
);
create index change_feed_xid on gridward.change_feed (district, xid);

create table gridward.audit (
    district   text        not null,
    id         uuid        not null,
    at         timestamptz not null,
    actor      text        not null,
    request_id text        not null default '',
    action     text        not null,
    kind       text        not null,
    entity     text        not null,
    detail     jsonb,
    primary key (district, id)
);

create table gridward.write_key (
    district     text        not null,
    key          uuid        not null,
    request_hash bytea       not null,
    response     jsonb       not null,
    created_at   timestamptz not null default clock_timestamp(),
    primary key (district, key)
);

-- Policies read one setting and no table: gridward.scope, which the service sets
-- at the beginning of each transaction and nowhere else. It holds codes between
-- commas, with a comma first and last, and a policy looks for ',code,' in it:
--   ,310113,310113000,                     a session of the whole district
--   ,310113000,310113003000,310113007000,  a session of two of its towns
-- 6 digits match every row of the district, 12 digits the rows of a unit, and 9
-- digits (the district and 000) the tables that a session of any scope in the
-- district may use, as are these three: whoever writes anything leaves a write
-- key, a change and an audit row. What others left in the feed and in the audit
-- trail, only a session of the whole district reads. Unset or empty, the setting
-- matches nothing.
alter table gridward.change_feed enable row level security;
alter table gridward.change_feed force row level security;
create policy scope on gridward.change_feed
    using (strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0)
    with check (strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0);
alter table gridward.audit enable row level security;
alter table gridward.audit force row level security;
create policy scope on gridward.audit
    using (strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0)
    with check (strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0);
alter table gridward.write_key enable row level security;
alter table gridward.write_key force row level security;
create policy scope on gridward.write_key
    using (strpos(current_setting('gridward.scope', true), ',' || district || '000,') > 0);

grant select, insert on gridward.change_feed, gridward.audit, gridward.write_key to gridward_service;
