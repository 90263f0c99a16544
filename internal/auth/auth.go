// Package auth knows who asks: accounts with a role and a unit scope, and the
// bearer tokens that stand for them.
//
// A token is shown once, when it is made. The database keeps its SHA-256 only;
// the secret has 256 random bits, so a plain hash cannot be searched.
package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Role is what an account may do.
type Role string

// The roles. Each may read what lies in its scope.
const (
	Admin     Role = "admin"     // everything, accounts and imports too
	Planner   Role = "planner"   // plans, exemptions, the roster
	Inspector Role = "inspector" // reports inspections and hazards
	Viewer    Role = "viewer"    // reads: dashboards
	Auditor   Role = "auditor"   // reads, also the audit trail
)

// Roles lists them.
var Roles = []Role{Admin, Planner, Inspector, Viewer, Auditor}

// Action is something that a role may or may not do.
type Action string

// The actions that are more than reading.
const (
	Read    Action = "read"
	Report  Action = "report"  // inspections and hazards
	Excuse  Action = "excuse"  // exemptions
	Staff   Action = "staff"   // teams, people and what they answer for
	Draw    Action = "draw"    // drafts of plans, up to proposing them
	Publish Action = "publish" // bringing a reviewed plan into force
	Operate Action = "operate" // metrics
	Care    Action = "care"    // reading and writing where people live who need care
	Review  Action = "review"  // a word on a visit's evidence
	Certify Action = "certify" // signing what coverage was
	Edit    Action = "edit"    // what the register says of a place
)

var allowed = map[Role][]Action{
	Admin:     {Read, Report, Excuse, Staff, Draw, Publish, Operate, Care, Review, Certify, Edit},
	Planner:   {Read, Report, Excuse, Staff, Draw, Review, Edit},
	Inspector: {Read, Report, Care},
	Viewer:    {Read},
	Auditor:   {Read, Review, Certify},
}

// Can reports whether the role may do the action.
func (r Role) Can(a Action) bool { return slices.Contains(allowed[r], a) }

// Principal is who asks.
type Principal struct {
	ID       uuid.UUID
	Name     string
	Role     Role
	District string   // 6 digits
	Units    []string // 12-digit codes that the account may see
	// Scope is Units as transactions take it: empty for the whole district.
	Scope []string
}

// ErrNoToken and ErrBadToken are the ways in which a request fails to say who asks.
var (
	ErrNoToken  = errors.New("no bearer token: send Authorization: Bearer <token>")
	ErrBadToken = errors.New("the token is not known, has expired or was revoked")
)

const (
	tokenPrefix = "gw"
	secretBytes = 32
)

// newToken makes a token for an account and the hash that is kept of it.
func newToken(district string, id uuid.UUID) (token string, hash []byte) {
	secret := make([]byte, secretBytes)
	rand.Read(secret) // never fails: the runtime ends the program if it would
	sum := sha256.Sum256(secret)
	return strings.Join([]string{tokenPrefix, district, strings.ReplaceAll(id.String(), "-", ""), base64.RawURLEncoding.EncodeToString(secret)}, "."), sum[:]
}

// parseToken takes a token apart.
func parseToken(token string) (district string, id uuid.UUID, secret []byte, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 4 || parts[0] != tokenPrefix || len(parts[1]) != 6 || strings.Trim(parts[1], "0123456789") != "" {
		return "", uuid.Nil, nil, ErrBadToken
	}
	id, err = uuid.Parse(parts[2])
	if err != nil {
		return "", uuid.Nil, nil, ErrBadToken
	}
	secret, err = base64.RawURLEncoding.DecodeString(parts[3])
	if err != nil || len(secret) != secretBytes {
		return "", uuid.Nil, nil, ErrBadToken
	}
	return parts[1], id, secret, nil
}

func matches(secret, hash []byte) bool {
	sum := sha256.Sum256(secret)
	return subtle.ConstantTimeCompare(sum[:], hash) == 1
}

// ParseRole reads a role's name.
func ParseRole(s string) (Role, error) {
	if r := Role(s); slices.Contains(Roles, r) {
		return r, nil
	}
	return "", fmt.Errorf("role %q is none of %v", s, Roles)
}
