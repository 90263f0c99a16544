package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// FuzzScope: whatever a scope holds, its setting is an error or digits between
// commas, and the members that policies look for are exactly the scope's.
func FuzzScope(f *testing.F) {
	f.Add("310113", "310113003000", "310113007000")
	f.Add("310113", "", "")
	f.Add("310113", "310114003000", "310113")
	f.Add("310113", "310114003000", "310113003000")
	f.Add("310113", "3101130030001", "")
	f.Add("310113", "310113003000'--", "")
	f.Add("310113000", "", "")
	f.Add("310113'; drop table x --", "310113003000\n", "３１０１１３００３０００")
	form := regexp.MustCompile(`\A,([0-9]{6},[0-9]{9}|[0-9]{9}(,[0-9]{12})+),\z`)
	f.Fuzz(func(t *testing.T, district, one, two string) {
		s := Scope{District: district}
		for _, u := range []string{one, two} {
			if u != "" {
				s.Units = append(s.Units, u)
			}
		}
		setting, err := s.setting()
		if err != nil {
			if setting != "" {
				t.Fatalf("an error and the setting %q", setting)
			}
			return
		}
		if !form.MatchString(setting) {
			t.Fatalf("%+v became %q", s, setting)
		}
		has := func(code string) bool { return strings.Contains(setting, ","+code+",") }
		if has(district) != (len(s.Units) == 0) || !has(district+"000") {
			t.Fatalf("%+v became %q: the wrong view of the district", s, setting)
		}
		for _, u := range s.Units {
			if !has(u) || !s.Sees(u, "", "") || !s.Sees("", u, "") || !s.Sees("", "", u) {
				t.Fatalf("%+v became %q: the unit %s is not of it", s, setting, u)
			}
		}
		if n := strings.Count(setting, ","); n != len(s.Units)+2 && n != 3 {
			t.Fatalf("%+v became %q: %d commas", s, setting, n)
		}
		if has("") || (len(s.Units) > 0 && s.Sees("", "", "")) {
			t.Fatalf("%q matches a row without codes", setting)
		}
	})
}

func TestScopeLimits(t *testing.T) {
	t.Parallel()
	s := Scope{District: "310113"}
	for i := range maxUnits + 1 {
		s.Units = append(s.Units, fmt.Sprintf("310113%06d", i))
	}
	if _, err := s.setting(); err == nil {
		t.Error("a scope of too many units was taken")
	}
	s.Units = s.Units[:maxUnits]
	if _, err := s.setting(); err != nil {
		t.Error(err)
	}
}

func TestOutcomeOf(t *testing.T) {
	t.Parallel()
	pg := func(code string) error { return fmt.Errorf("insert: %w", &pgconn.PgError{Code: code}) }
	for _, c := range []struct {
		err  error
		want Outcome
	}{
		{pg("40001"), NotDone}, {pg("40P01"), NotDone}, {pg("55P03"), NotDone}, {pg("25006"), NotDone}, {pg("53300"), NotDone}, {pg("57P03"), NotDone},
		{pg("57P01"), Unknown}, {pg("57P02"), Unknown}, {pg("57014"), Unknown}, {pg("08006"), Unknown}, {pg("08003"), Unknown}, {pg("08007"), Unknown}, {pg("40003"), Unknown}, {pg("XX000"), Unknown},
		{io.ErrUnexpectedEOF, Unknown}, {context.DeadlineExceeded, Unknown}, {os.ErrDeadlineExceeded, Unknown},
		{pg("22023"), Refused}, {pg("23505"), Refused}, {pg("42501"), Refused}, {errors.New("no such place"), Refused}, {ErrKeyReused, Refused},
		{&Unavailable{io.EOF}, NotDone}, {&UnknownOutcome{pg("23505")}, Unknown},
	} {
		if got := OutcomeOf(c.err); got != c.want {
			t.Errorf("%v is %d, want %d", c.err, got, c.want)
		}
	}
	for err, want := range map[error]bool{pg("23505"): true, pg("40001"): true, pg("40003"): false, pg("57P01"): false, io.EOF: false, fmt.Errorf("commit: %w", pgx.ErrTxCommitRollback): true} {
		if got := clearRefusal(err); got != want {
			t.Errorf("clearRefusal(%v) = %v", err, got)
		}
	}
}

// TestFoldersAreNotTrusted: a folder that somebody else made first, or a link
// to something precious, is not taken for the socket's.
func TestFoldersAreNotTrusted(t *testing.T) {
	t.Parallel()
	o, err := serverOwner()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	precious, link := filepath.Join(dir, "precious"), filepath.Join(dir, "link")
	if err := errors.Join(os.Mkdir(precious, 0o755), os.Symlink(precious, link)); err != nil {
		t.Fatal(err)
	}
	if err := o.mkdir(link, 0o700); err == nil {
		t.Error("a link was taken")
	}
	if info, err := os.Stat(precious); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("what the link leads to was changed: %v, %v", info.Mode(), err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := o.mkdir(file, 0o700); err == nil {
		t.Error("a file was taken")
	}
	if os.Getuid() != 0 {
		return
	}
	foreign := filepath.Join(dir, "foreign")
	if err := errors.Join(os.Mkdir(foreign, 0o700), os.Chown(foreign, 12345, 12345)); err != nil {
		t.Fatal(err)
	}
	if err := o.mkdir(foreign, 0o700); err == nil {
		t.Error("somebody else's folder was taken")
	}
}

func TestServerOfTheDataIsFound(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if _, err := findServer(data); err != nil {
		t.Error(err)
	}
	for version, want := range map[string]string{"9\n": "PostgreSQL 9", "old": "no version"} {
		if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte(version), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := findServer(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("data of version %q: %v", version, err)
		}
	}
}

// TestListenerBacksOff lets a listener look for a server that is not there, for
// an hour of its clock: it tries again at once, and then ever less often.
func TestListenerBacksOff(t *testing.T) {
	t.Parallel()
	url := "postgres://nobody@/nothing?host=" + t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		began, tries := time.Now(), []time.Duration{}
		f := &Feed{db: &DB{url: url}, district: "310113"}
		log := slog.New(slog.NewTextHandler(tally(func() { tries = append(tries, time.Since(began)) }), nil))
		f.stayAwake(ctx, log, make(chan struct{}, 1))
		if len(tries) < 4 || tries[2] > time.Second {
			t.Fatalf("its tries began at %v", tries[:min(4, len(tries))])
		}
		if n := len(tries); n < 600 || n > 3600 {
			t.Errorf("it tried %d times in an hour, want between every second and every 6 seconds", n)
		}
	})
}

// tally counts what is written.
type tally func()

func (t tally) Write(p []byte) (int, error) { t(); return len(p), nil }

// SetCursor puts a feed to another position.
func SetCursor(f *Feed, cursor string) { f.cursor = cursor }

// Cursor is the position of a feed that does not run.
func Cursor(f *Feed) string { return f.cursor }

// SetPoll sets how often a feed looks without being woken.
func SetPoll(f *Feed, every time.Duration) { f.poll = every }
