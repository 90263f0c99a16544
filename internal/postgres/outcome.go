package postgres

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Outcome is what is known of a transaction that ended with an error.
type Outcome int

// The outcomes. pgconn.SafeToRetry has no say in them: it is true for commits
// that did happen (pgx 5.9.1 to 5.12.0).
const (
	// Refused: nothing was done, and trying again will not help.
	Refused Outcome = iota
	// NotDone: nothing was done, and trying again may help.
	NotDone
	// Unknown: it may have been done; only the same write key can tell.
	Unknown
)

// OutcomeOf says what is known of a transaction that ended with err. Errors
// that do not come from the database are the caller's own: refused.
func OutcomeOf(err error) Outcome {
	if _, ok := errors.AsType[*UnknownOutcome](err); ok {
		return Unknown
	}
	if _, ok := errors.AsType[*Unavailable](err); ok {
		return NotDone
	}
	if c := code(err); c != "" {
		return outcomeOfCode(c)
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return NotDone
	}
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Unknown
	}
	return Refused
}

func outcomeOfCode(code string) Outcome {
	switch code {
	case "40001", "40P01", // lost against another transaction
		"55P03",                   // lock not available
		"25006",                   // a server that is read-only now
		"53100", "53200", "53300", // disk, memory, connections exhausted
		"57P03": // starting or stopping
		return NotDone
	case "40003", // PostgreSQL's own "completion unknown"
		"57P01", "57P02", // ended by an administrator or a crash
		"57014", // cancelled, perhaps while waiting for a standby
		"XX000": // a worker of a cluster lost on the way
		return Unknown
	}
	if code[:2] == "08" {
		return Unknown
	}
	return Refused
}

// UnknownOutcome says that a connection was lost, or a commit not answered
// clearly, after the transaction had begun: it may or may not have happened.
// Ask again with the same write key; a read is simply asked again.
type UnknownOutcome struct{ err error }

func (e *UnknownOutcome) Error() string { return "the commit's outcome is unknown: " + e.err.Error() }

// Unwrap is the reason.
func (e *UnknownOutcome) Unwrap() error { return e.err }

// Unavailable says that there was no connection to begin on: nothing was done.
type Unavailable struct{ err error }

func (e *Unavailable) Error() string { return "the database is not available: " + e.err.Error() }

// Unwrap is the reason.
func (e *Unavailable) Unwrap() error { return e.err }

func code(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && len(pg.Code) == 5 {
		return pg.Code
	}
	return ""
}

// lostRace reports whether the transaction certainly did not happen and may be
// tried again at once: a serialization failure or a deadlock.
func lostRace(err error) bool {
	c := code(err)
	return c == "40001" || c == "40P01"
}

// clearRefusal reports whether an error of COMMIT says for certain that
// nothing was committed: an integrity violation or a rolled-back transaction.
func clearRefusal(err error) bool {
	if errors.Is(err, pgx.ErrTxCommitRollback) {
		return true
	}
	c := code(err)
	return c != "" && (c[:2] == "23" || (c[:2] == "40" && c != "40003"))
}

// spoilt reports whether a connection must not be used again, though it is
// open: its server is read-only now, or stopping.
func spoilt(err error) bool {
	c := code(err)
	return c == "25006" || (c != "" && c[:3] == "57P")
}

// warned is the name under which a connection keeps its last warning.
const warned = "gridward.warned"

// noteWarning keeps warnings with their connection. One that comes with COMMIT
// means that the wait for a standby was cut short: the commit stands here, and
// perhaps nowhere else.
func noteWarning(conn *pgconn.PgConn, n *pgconn.Notice) {
	if n.SeverityUnlocalized == "WARNING" {
		conn.CustomData()[warned] = n.Message
	}
}
