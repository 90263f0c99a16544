package archtest

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"gridward/internal/postgres"
)

var (
	comment  = regexp.MustCompile(`--[^\n]*`)
	table    = regexp.MustCompile(`(?is)create table (?:if not exists )?gridward\.(\w+) \((.*?)\n\);`)
	keyed    = regexp.MustCompile(`(?is)(primary key|unique|foreign key|exclude using \w+)\s*\(([^)]*)\)`)
	banned   = regexp.MustCompile(`(?i)\b(serial|bigserial|generated (?:always|by default) as identity|create sequence|create trigger|create rule)\b`)
	policyOf = regexp.MustCompile(`(?is)create policy \w+ on gridward\.(\w+)\s+using \((.*?)\);`)
)

// lint finds what breaks the rules that keep the schema ready for sharding by
// district: district first in every key, no sequence, trigger or rule, forced
// row-level security by one setting and no table.
func lint(sql string) (problems []string) {
	sql = comment.ReplaceAllString(sql, "")
	if b := banned.FindString(sql); b != "" {
		problems = append(problems, "no "+b+" in migrations")
	}
	policies := map[string]string{}
	for _, p := range policyOf.FindAllStringSubmatch(sql, -1) {
		policies[p[1]] = p[2]
		rest := regexp.MustCompile(`current_setting\('gridward\.scope', true\)`).ReplaceAllString(p[2], "")
		if strings.Contains(rest, "current_setting") || regexp.MustCompile(`(?i)\b(select|exists|from)\b`).MatchString(rest) {
			problems = append(problems, "the policy of "+p[1]+" reads more than gridward.scope")
		}
	}
	for _, t := range table.FindAllStringSubmatch(sql, -1) {
		name, body := t[1], t[2]
		if !regexp.MustCompile(`(?m)^\s*district\s+text\s+not null`).MatchString(body) {
			problems = append(problems, "table "+name+" has no district")
		}
		for _, k := range keyed.FindAllStringSubmatch(body, -1) {
			if !regexp.MustCompile(`^\s*district\b`).MatchString(k[2]) {
				problems = append(problems, "a "+k[1]+" of "+name+" does not begin with district: "+strings.TrimSpace(k[2]))
			}
		}
		for _, must := range []string{"enable row level security", "force row level security"} {
			if !strings.Contains(sql, "alter table gridward."+name+" "+must) {
				problems = append(problems, name+": no "+must)
			}
		}
		if policies[name] == "" {
			problems = append(problems, name+" has no policy")
		}
	}
	return problems
}

func TestMigrationsAreReadyForSharding(t *testing.T) {
	t.Parallel()
	tables := 0
	err := fs.WalkDir(postgres.Migrations(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(postgres.Migrations(), path)
		if err != nil {
			return err
		}
		tables += len(table.FindAllString(string(raw), -1))
		for _, p := range lint(string(raw)) {
			t.Errorf("%s: %s", path, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if tables < 15 {
		t.Errorf("the lint saw %d tables only", tables)
	}
}

func TestTheLintBites(t *testing.T) {
	t.Parallel()
	const good = `create table gridward.x (
    district text not null,
    id uuid not null,
    primary key (district, id)
);
alter table gridward.x enable row level security;
alter table gridward.x force row level security;
create policy scope on gridward.x using (strpos(current_setting('gridward.scope', true), district) > 0);`
	if p := lint(good); len(p) > 0 {
		t.Fatalf("a good table is refused: %v", p)
	}
	for name, bad := range map[string]string{
		"key order":     strings.Replace(good, "(district, id)", "(id, district)", 1),
		"sequence":      strings.Replace(good, "id uuid", "id bigserial", 1),
		"not forced":    strings.Replace(good, "force row", "-- force row", 1),
		"no policy":     good[:strings.Index(good, "create policy")],
		"reads a table": strings.Replace(good, "district) > 0", "(select code from gridward.unit)) > 0", 1),
		"two settings":  strings.Replace(good, "district) > 0", "current_setting('other')) > 0", 1),
		"no district":   strings.Replace(good, "district text not null", "county text not null", 1),
	} {
		if len(lint(bad)) == 0 {
			t.Errorf("%s: the lint is silent", name)
		}
	}
}
