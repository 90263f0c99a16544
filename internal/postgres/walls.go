package postgres

import (
	"context"
	"fmt"
	"strings"
)

// breaches lists what would let the service's role see or change rows that a
// transaction's scope does not name, each as a sentence. It runs as that role.
const breaches = `
with me as (
    select oid, rolname, rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user
), tables as (
    select c.oid, c.relname, c.relowner, c.relrowsecurity and c.relforcerowsecurity as forced,
           exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'district' and not a.attisdropped) as sharded
    from pg_class c
    where c.relnamespace = to_regnamespace('gridward') and c.relkind in ('r', 'p')
)
select 'the role can bypass row-level security, or make itself one that can; alter role ' || rolname || ' nosuperuser nobypassrls nocreaterole'
from me where rolsuper or rolbypassrls or rolcreaterole
union all
select 'the role is a member of ' || r.rolname || ', which policies do not hold; revoke ' || r.rolname || ' from ' || me.rolname
from me, pg_roles r
where r.oid <> me.oid and not me.rolsuper and pg_has_role(me.oid, r.oid, 'member')
  and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or exists (select from tables where relowner = r.oid))
union all
select 'the role owns ' || pg_describe_object(d.classid, d.objid, d.objsubid) || '; owners can switch policies off'
from me, pg_shdepend d
where d.refclassid = 'pg_authid'::regclass and d.refobjid = me.oid and d.deptype = 'o'
  and d.dbid in (0, (select oid from pg_database where datname = current_database()))
  and not exists (select from pg_class t where d.classid = 'pg_class'::regclass and t.oid = d.objid and t.relpersistence = 't')
union all
select 'row-level security is not forced on the table ' || relname || ' or it has no policy; run gridward migrate'
from tables where sharded and not (forced and exists (select from pg_policy p where p.polrelid = tables.oid))
union all
select 'the policy ' || p.polname || ' of the table ' || relname || ' does not ask gridward.scope'
from tables join pg_policy p on p.polrelid = tables.oid
where p.polpermissive
  and (coalesce(pg_get_expr(p.polqual, p.polrelid), 'gridward.scope') not like '%gridward.scope%'
       or coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'gridward.scope') not like '%gridward.scope%')
union all
select 'the role may truncate the table ' || relname || ' or hang triggers on it, which no policy hinders; revoke truncate, references, trigger'
from tables where has_table_privilege(oid, 'truncate, references, trigger')
union all
select 'the view ' || c.relname || ' reads as its owner, past the policies; make it with security_invoker'
from pg_class c
where c.relnamespace = to_regnamespace('gridward') and c.relkind in ('v', 'm') and has_table_privilege(c.oid, 'select')
  and not coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1', 'security_invoker=yes'], false)
union all
select 'the function ' || f.oid::regprocedure || ' runs as its owner, past the policies'
from pg_proc f
where f.pronamespace = to_regnamespace('gridward') and f.prosecdef and has_function_privilege(f.oid, 'execute')
order by 1`

// CheckWalls proves that the second wall stands: the service's role owns
// nothing, cannot bypass row-level security by itself or through another role,
// and every table of the schema that belongs to a district has a forced policy
// that asks the transaction's scope. No view, function or privilege leads
// around it. Its error names every breach; a program that gets one must not
// serve.
func (db *DB) CheckWalls(ctx context.Context) error {
	var role string
	if err := db.pools[API].QueryRow(ctx, `select current_user`).Scan(&role); err != nil {
		return fmt.Errorf("check the walls: %w", err)
	}
	if role != serviceRole {
		return fmt.Errorf("the service runs as %s and not as %s: refusing to serve", role, serviceRole)
	}
	rows, err := db.pools[API].Query(ctx, breaches)
	if err != nil {
		return fmt.Errorf("check the walls: %w", err)
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return fmt.Errorf("check the walls: %w", err)
		}
		found = append(found, s)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("check the walls: %w", err)
	}
	if len(found) > 0 {
		return fmt.Errorf("refusing to serve, since the role %s could leave its scope: %s", role, strings.Join(found, "; "))
	}
	return nil
}
