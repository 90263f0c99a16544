package postgres_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A lint over SQL that keeps the schema ready to be sharded by district
// without a change: see the list of rules at lintStatement. It reads tokens,
// not text, so comments, strings and line breaks do not fool it.

// lint collects what a set of migrations says, statement by statement.
type lint struct {
	problems []string
	tables   map[string]*lintedTable // of the schema gridward
}

type lintedTable struct {
	primary, enabled, forced, policy bool
}

func (l *lint) complain(where string, format string, args ...any) {
	l.problems = append(l.problems, where+": "+fmt.Sprintf(format, args...))
}

// lintMigrations lints whole migrations, by file name in their order.
func lintMigrations(files map[string]string) []string {
	l := &lint{tables: map[string]*lintedTable{}}
	names := slices.Sorted(mapKeys(files))
	for _, name := range names {
		if regexp.MustCompile(`(?mi)^--\s*\+goose\s+down`).MatchString(files[name]) {
			l.complain(name, "migrations go forward only: no Down")
		}
		for _, s := range statements(files[name]) {
			l.lintStatement(name, s)
		}
	}
	tables := slices.Sorted(mapKeys(l.tables))
	for _, name := range tables {
		t := l.tables[name]
		switch {
		case !t.primary:
			l.complain(name, "no primary key that begins with district")
		case !t.enabled || !t.forced:
			l.complain(name, "row-level security is not enabled and forced")
		case !t.policy:
			l.complain(name, "no policy")
		}
	}
	return l.problems
}

// lintQueries lints the statements of a program.
func lintQueries(name, sql string) []string {
	l := &lint{tables: map[string]*lintedTable{}}
	for _, s := range statements(sql) {
		l.lintUpsert(name, s)
	}
	return l.problems
}

// lintStatement holds one statement of a migration to the rules:
//
//   - district stands first in every primary, unique and foreign key, in every
//     unique index and exclusion;
//   - no sequence, serial or identity, no trigger, no rule;
//   - no view that reads as its owner, no function that runs as its owner;
//   - a policy asks the setting gridward.scope, no other and no table;
//   - ON CONFLICT DO UPDATE sets from excluded and the row itself.
func (l *lint) lintStatement(where string, s []string) {
	has := func(words ...string) bool { return index(s, words...) >= 0 }
	for _, bad := range []string{"serial", "bigserial", "smallserial", "serial4", "serial8", "nextval"} {
		if has(bad) {
			l.complain(where, "%s: ids are made by the program", bad)
		}
	}
	for _, bad := range [][]string{{"as", "identity"}, {"create", "sequence"}, {"create", "trigger"}, {"create", "or", "replace", "trigger"}, {"create", "constraint", "trigger"}, {"create", "event", "trigger"},
		{"create", "rule"}, {"create", "or", "replace", "rule"}, {"security", "definer"}, {"create", "materialized", "view"},
		{"disable", "row", "level", "security"}, {"no", "force", "row", "level", "security"}} {
		if has(bad...) {
			l.complain(where, "%s is not allowed", strings.Join(bad, " "))
		}
	}
	if s[0] == "create" && slices.Contains(s[:min(4, len(s))], "view") && !has("security_invoker") {
		l.complain(where, "a view without security_invoker reads past the policies")
	}
	switch {
	case s[0] == "create" && slices.Contains(s[:min(4, len(s))], "table"):
		l.createTable(where, s)
	case s[0] == "alter" && len(s) > 1 && s[1] == "table":
		l.alterTable(where, s)
	case s[0] == "create" && len(s) > 2 && s[1] == "unique" && s[2] == "index":
		if on := index(s, "on"); on >= 0 {
			l.firstIsDistrict(where, "unique index", s[on:])
		}
	case s[0] == "create" && len(s) > 1 && s[1] == "policy":
		l.createPolicy(where, s)
	case s[0] == "drop" && len(s) > 1 && s[1] == "table":
		for _, name := range s[2:] {
			delete(l.tables, name)
		}
	}
	l.lintUpsert(where, s)
}

func (l *lint) createTable(where string, s []string) {
	at := index(s, "table") + 1
	if index(s[at:], "if", "not", "exists") == 0 {
		at += 3
	}
	name := s[at]
	if !strings.HasPrefix(name, "gridward.") {
		l.complain(where, "the table %s lies outside the schema gridward", name)
		return
	}
	l.tables[name] = &lintedTable{}
	open := index(s, "(")
	if open != at+1 {
		l.complain(where, "%s: write its columns out", name)
		return
	}
	body := s[open+1 : closing(s, open)]
	for _, item := range split(body) {
		l.tableItem(where, name, item)
	}
	if !slices.ContainsFunc(split(body), func(item []string) bool { return item[0] == "district" }) {
		l.complain(where, "%s has no column district", name)
	}
}

func (l *lint) alterTable(where string, s []string) {
	at := 2
	for s[at] == "if" || s[at] == "exists" || s[at] == "only" {
		at++
	}
	name := s[at]
	t := l.tables[name]
	if t == nil {
		return
	}
	for _, action := range split(s[at+1:]) {
		switch {
		case index(action, "enable", "row", "level", "security") == 0:
			t.enabled = true
		case index(action, "force", "row", "level", "security") == 0:
			t.forced = true
		case action[0] == "add":
			action = action[1:]
			if action[0] == "column" {
				action = action[1:]
			}
			l.tableItem(where, name, action)
		}
	}
}

// tableItem lints one column or constraint of a table.
func (l *lint) tableItem(where, table string, item []string) {
	where += ": " + table
	if item[0] == "constraint" {
		item = item[2:]
	}
	switch item[0] {
	case "primary":
		l.tables[table].primary = l.firstIsDistrict(where, "primary key", item)
	case "unique":
		l.firstIsDistrict(where, "unique", item)
	case "exclude":
		l.firstIsDistrict(where, "exclude", item)
	case "foreign":
		to := index(item, "references")
		l.firstIsDistrict(where, "foreign key", item[:to])
		l.firstIsDistrict(where, "referenced key", item[to:])
	case "check", "like":
	default:
		for _, key := range []string{"primary", "unique", "references"} {
			if slices.Contains(item, key) {
				l.complain(where, "the column %s has a key of its own, without district: %s", item[0], key)
			}
		}
	}
}

// firstIsDistrict looks at the first list in brackets.
func (l *lint) firstIsDistrict(where, what string, s []string) bool {
	open := index(s, "(")
	if open < 0 || open+1 >= len(s) || s[open+1] != "district" {
		l.complain(where, "%s does not begin with district", what)
		return false
	}
	return true
}

func (l *lint) createPolicy(where string, s []string) {
	on := index(s, "on")
	name := s[on+1]
	where += ": policy of " + name
	if t := l.tables[name]; t != nil {
		t.policy = true
	}
	for i, token := range s {
		if slices.Contains([]string{"select", "exists", "from", "join"}, token) && s[i-1] != "for" {
			l.complain(where, "it reads a table")
		}
		if i+1 < len(s) && s[i+1] == "(" && i > on+1 && isName(token) &&
			!slices.Contains([]string{"using", "check", "strpos", "current_setting", "or", "and", "not"}, token) {
			l.complain(where, "it calls %s", token)
		}
		if token == "current_setting" && (i+2 >= len(s) || s[i+2] != "'gridward.scope'") {
			l.complain(where, "it asks another setting than gridward.scope")
		}
	}
	for _, clause := range [][]string{{"using", "("}, {"with", "check", "("}} {
		if at := index(s, clause...); at >= 0 {
			open := at + len(clause) - 1
			if !slices.Contains(s[open:closing(s, open)], "current_setting") {
				l.complain(where, "%s asks no setting", clause[0])
			}
		}
	}
}

// lintUpsert holds ON CONFLICT DO UPDATE to what a sharded table can do: values
// from excluded and from the row itself, with immutable functions only.
func (l *lint) lintUpsert(where string, s []string) {
	for from := 0; ; {
		at := index(s[from:], "do", "update", "set")
		if at < 0 {
			return
		}
		from += at + 3
		depth, end := 0, from
		for ; end < len(s); end++ {
			if s[end] == "(" {
				depth++
			} else if s[end] == ")" {
				depth--
			}
			if depth < 0 || depth == 0 && (s[end] == "where" || s[end] == "returning") {
				break
			}
		}
		row := targetOf(s[:from])
		for _, set := range split(s[from:end]) {
			eq := slices.Index(set, "=")
			if eq < 0 {
				continue
			}
			for i, token := range set[eq+1:] {
				call := eq+2+i < len(set) && set[eq+2+i] == "("
				switch {
				case !isName(token), strings.HasPrefix(token, "excluded."):
				case slices.Contains([]string{"and", "or", "not", "is", "distinct", "from", "null", "true", "false", "case", "when", "then", "else", "end"}, token):
				case call && slices.Contains([]string{"coalesce", "greatest", "least", "nullif"}, token):
				case !call && slices.ContainsFunc(row, func(r string) bool { return strings.HasPrefix(token, r+".") }):
				default:
					l.complain(where, "ON CONFLICT DO UPDATE sets %s from %s: only excluded and the row itself", set[0], token)
				}
			}
		}
	}
}

// targetOf is the names under which an insert's row may be called.
func targetOf(s []string) []string {
	for at := len(s) - 1; at > 0; at-- {
		if s[at] == "into" && s[at-1] == "insert" {
			name := s[at+1]
			names := []string{name, name[strings.LastIndex(name, ".")+1:]}
			if s[at+2] == "as" {
				names = append(names, s[at+3])
			}
			return names
		}
	}
	return nil
}

var tokenForm = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$[0-9]+|[\p{L}_][\p{L}\p{N}_$]*(?:\s*\.\s*(?:[\p{L}_][\p{L}\p{N}_$]*|\*))*|[0-9][0-9.eE]*|::|[<>=!|&@~#^*/+-]+|\S`)
var dollarForm = regexp.MustCompile(`\$[A-Za-z_]*\$`)

// statements cuts SQL into statements of lower-case tokens. Bodies between
// dollars are one token: what they do at run time is beyond this lint.
func statements(sql string) (out [][]string) {
	for {
		open := dollarForm.FindStringIndex(sql)
		if open == nil {
			break
		}
		mark := sql[open[0]:open[1]]
		end := strings.Index(sql[open[1]:], mark)
		if end < 0 {
			break
		}
		sql = sql[:open[0]] + " 'body' " + sql[open[1]+end+len(mark):]
	}
	var s []string
	for _, token := range tokenForm.FindAllString(sql, -1) {
		switch {
		case strings.HasPrefix(token, "--"), strings.HasPrefix(token, "/*"):
		case token == ";":
			if len(s) > 0 {
				out = append(out, s)
			}
			s = nil
		case token[0] == '\'':
			s = append(s, token)
		default:
			s = append(s, strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(token, `"`, "")), "")))
		}
	}
	if len(s) > 0 {
		out = append(out, s)
	}
	return out
}

func isName(token string) bool {
	return token != "" && (token[0] == '_' || token[0] >= 'a' && token[0] <= 'z')
}

// index is where words begin in a statement, or -1.
func index(s []string, words ...string) int {
	for i := 0; i+len(words) <= len(s); i++ {
		if slices.Equal(s[i:i+len(words)], words) {
			return i
		}
	}
	return -1
}

// closing is the bracket that closes the one at open.
func closing(s []string, open int) int {
	depth := 0
	for i := open; i < len(s); i++ {
		switch s[i] {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(s)
}

// split cuts at the commas outside brackets.
func split(s []string) (out [][]string) {
	depth, from := 0, 0
	for i, token := range s {
		switch token {
		case "(":
			depth++
		case ")":
			depth--
		case ",":
			if depth == 0 {
				out, from = append(out, s[from:i]), i+1
			}
		}
	}
	return append(out, s[from:])
}
