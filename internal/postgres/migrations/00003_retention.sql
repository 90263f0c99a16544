-- +goose Up
-- What has served its time is removed by the service's own background work:
-- rows of the change feed that every reader has passed, and write keys whose
-- clients have long stopped asking. The audit trail stays for ever.
create index change_feed_at on gridward.change_feed (district, at);
create index write_key_at on gridward.write_key (district, created_at);
grant delete on gridward.change_feed, gridward.write_key to gridward_service;
-- Only a session of the whole district removes keys; any session may use them.
create policy retention on gridward.write_key as restrictive for delete
    using (strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0);
