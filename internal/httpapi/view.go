package httpapi

import (
	"gridward/geo"
	"gridward/grids"
	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/auth"
	"gridward/layers"
)

// named is a unit or grid by code and name.
type named struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

func (v *view) named(code string) *named {
	if code == "" {
		return nil
	}
	if u, ok := v.tree.Unit(code); ok {
		return &named{code, u.Name}
	}
	return &named{code, ""}
}

// townOf is the town whose land a community's is.
func (v *view) townOf(u *layers.Unit) string {
	if town, _, _ := v.tree.Ancestors(u.Code); town != "" {
		return town
	}
	anchor, err := geo.Anchor(u.Geometry)
	if err != nil {
		return ""
	}
	key, err := geo.KeyAt(anchor)
	if err != nil {
		return ""
	}
	p, _ := v.placer.Place(anchor.Orb(), anchor, key)
	return p.Town
}

type unitsOf struct {
	Town      *named `json:"town"`
	Park      *named `json:"park"`
	Community *named `json:"community"`
}

func (v *view) unitsOf(town, park, community string) unitsOf {
	return unitsOf{v.named(town), v.named(park), v.named(community)}
}

// holder is who answers for a duty at a place.
type holder struct {
	Duty  string      `json:"duty"`
	Class int         `json:"class"`
	Body  policy.Body `json:"body"`
	Unit  *named      `json:"unit"`
	Why   policy.Text `json:"why"`   // the duty
	Basis policy.Text `json:"basis"` // the holder
}

// policyOf is the version that judges a question's own period.
func (v *view) policyOf(c coverage.Query) string {
	rules := v.book.Rules()
	if i := rules.For(c.Period, c.Known); i >= 0 {
		return rules[i].Version
	}
	return ""
}

// holders are the units that duties fall to at a placement; those that not
// everybody may read of only if the asker may.
func (a *asker) holders(p grids.Placement, owes []policy.Obligated) []holder {
	out, v := []holder{}, a.view
	for _, o := range owes {
		d := v.book.Policy().Duties[o.Duty]
		if d.Restricted && !a.Role.Can(auth.Care) {
			continue
		}
		unit, basis := coverage.Holder(d.Body, p)
		out = append(out, holder{d.Duty, d.Class, d.Body, v.named(unit), o.Basis, basis})
	}
	return out
}
