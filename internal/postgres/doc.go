// Package postgres is the only way to the database: a private cluster when the
// user has none, three pools, migrations, transactions with a scope, the change
// feed and the audit trail.
//
// # Two walls
//
// The scope stands in the SQL of every query: that is the first wall, and the
// one that is fast. Row-level security stands behind it: every connection of a
// pool runs as the role gridward_service, which owns nothing and cannot bypass
// it, and a transaction sees only what its one setting, gridward.scope, allows.
// [DB.CheckWalls] refuses to serve when the second wall does not stand.
//
// # Writes
//
// [DB.Write] stores a key made by the client in the transaction that it guards,
// together with the change-feed and audit rows. When the outcome of a commit is
// unknown the same key is tried again: it finds its own row, or does the work.
package postgres
