package layers

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Text is one text in the console's two languages.
type Text struct {
	ZH string `yaml:"zh" json:"zh"`
	EN string `yaml:"en" json:"en"`
}

// Definition says what a layer holds: which geometries, which category and
// which attributes. It is data (a YAML file), so a new layer needs no code.
type Definition struct {
	Layer string `yaml:"layer"` // kebab-case, unique; it stands in URLs
	Order int    `yaml:"order"` // where it stands in lists
	Name  Text   `yaml:"name"`
	Group string `yaml:"group"` // base (background) or object (what is looked after)
	// Geometry lists the types a place of the layer may have: Point,
	// LineString, MultiLineString, Polygon, MultiPolygon, or PolygonZ, which
	// demands a depth in metres at every vertex.
	Geometry  []string     `yaml:"geometry"`
	Inspected bool         `yaml:"inspected"` // false: the map shows it, nobody owes it a visit
	Class     string       `yaml:"class"`     // policy: its category's rule there; none: not inspected
	Category  CategoryRule `yaml:"category"`
	// Undivided says whether borders of grids may run through a place: should
	// (a building: it is reported) or must (a self-managed compound: it is refused);
	// empty: they may.
	Undivided  string      `yaml:"undivided"`
	Color      string      `yaml:"color"` // #rrggbb, the legend's swatch
	Zoom       ZoomRange   `yaml:"zoom"`
	Attributes []Attribute `yaml:"attributes"`

	byName map[string]*Attribute
}

// ZoomRange is the closed range of zooms at which a layer has tiles.
type ZoomRange struct {
	Min int `yaml:"min"`
	Max int `yaml:"max"`
}

// CategoryRule gives a place its category: the first rule that holds, else the
// default.
type CategoryRule struct {
	Default string         `yaml:"default"`
	Rules   []CategoryCase `yaml:"rules"`
}

// CategoryCase is one category with the tests that must all hold for it.
type CategoryCase struct {
	Category string `yaml:"category"`
	When     []Test `yaml:"when"`
}

// Test is a condition on one attribute. A place without the attribute fails it.
type Test struct {
	Attribute string   `yaml:"attribute"`
	In        []string `yaml:"in"`
	AtLeast   *float64 `yaml:"at_least"`
	Above     *float64 `yaml:"above"`
}

func (t Test) holds(attributes map[string]any) bool {
	v, ok := attributes[t.Attribute]
	if !ok || v == nil {
		return false
	}
	if len(t.In) > 0 {
		s, ok := v.(string)
		return ok && slices.Contains(t.In, s)
	}
	n, ok := number(v)
	switch {
	case !ok:
		return false
	case t.AtLeast != nil:
		return n >= *t.AtLeast
	case t.Above != nil:
		return n > *t.Above
	}
	return false
}

// CategoryOf is the category of a place of the layer with these attributes.
func (d *Definition) CategoryOf(attributes map[string]any) string {
next:
	for _, r := range d.Category.Rules {
		for _, t := range r.When {
			if !t.holds(attributes) {
				continue next
			}
		}
		return r.Category
	}
	return d.Category.Default
}

// Categories lists every category that a place of the layer can have.
func (d *Definition) Categories() []string {
	out := []string{d.Category.Default}
	for _, r := range d.Category.Rules {
		if !slices.Contains(out, r.Category) {
			out = append(out, r.Category)
		}
	}
	return out
}

// WithDepth reports whether places of the layer carry a depth at each vertex.
func (d *Definition) WithDepth() bool { return slices.Contains(d.Geometry, "PolygonZ") }

// Attribute finds an attribute of the schema by name.
func (d *Definition) Attribute(name string) (*Attribute, bool) {
	a, ok := d.byName[name]
	return a, ok
}

//go:embed definitions/*.yaml
var shipped embed.FS

// Set is the layers that a service knows, in their order.
type Set struct {
	list   []*Definition
	byName map[string]*Definition
}

// Shipped is the set of layers that come with Gridward, and those of the given
// folders after them: a district's own layers.
func Shipped(own ...fs.FS) (*Set, error) {
	definitions, err := fs.Sub(shipped, "definitions")
	if err != nil {
		return nil, err
	}
	return Load(append([]fs.FS{definitions}, own...)...)
}

// Load reads every *.yaml of the folders as a layer definition; a later one
// stands in the place of an earlier one of the same name. An error names the
// file and what is wrong with it; unknown fields are errors.
func Load(folders ...fs.FS) (*Set, error) {
	set := &Set{byName: map[string]*Definition{}}
	for _, folder := range folders {
		names, err := fs.Glob(folder, "*.yaml")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			raw, err := fs.ReadFile(folder, name)
			if err != nil {
				return nil, err
			}
			d, err := Parse(raw)
			if err != nil {
				return nil, fmt.Errorf("layer definition %s: %w", name, err)
			}
			if want := strings.TrimSuffix(path.Base(name), ".yaml"); d.Layer != want {
				return nil, fmt.Errorf("layer definition %s: the layer is named %q; file and layer must agree", name, d.Layer)
			}
			set.byName[d.Layer] = d
		}
	}
	set.list = slices.SortedFunc(maps.Values(set.byName), func(a, b *Definition) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Layer, b.Layer))
	})
	return set, nil
}

// All lists the definitions in their order. The slice is shared: do not change it.
func (s *Set) All() []*Definition { return s.list }

// Get finds a layer by name.
func (s *Set) Get(layer string) (*Definition, bool) {
	d, ok := s.byName[layer]
	return d, ok
}

// Names lists the layers' names in their order.
func (s *Set) Names() []string {
	out := make([]string, len(s.list))
	for i, d := range s.list {
		out[i] = d.Layer
	}
	return out
}

var (
	kebab    = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	snake    = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	hexColor = regexp.MustCompile(`^#[0-9a-f]{6}$`)
	// reserved names are tile sets of their own, not layers of places.
	reserved = []string{"units", "grids", "coverage", "heat", "hazards"}
	kinds    = []string{"Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "PolygonZ"}
)

// Parse reads one definition and checks that it is whole.
func Parse(raw []byte) (*Definition, error) {
	var d Definition
	if err := yaml.UnmarshalWithOptions(raw, &d, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("not a layer definition: %w", err)
	}
	d.byName = make(map[string]*Attribute, len(d.Attributes))
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if !kebab.MatchString(d.Layer) || slices.Contains(reserved, d.Layer) {
		problem("layer: %q must be lower-case words joined by hyphens, and none of %v", d.Layer, reserved)
	}
	if d.Name.ZH == "" || d.Name.EN == "" {
		problem("name: both zh and en are needed")
	}
	if d.Group != "base" && d.Group != "object" {
		problem("group: %q must be base or object", d.Group)
	}
	if d.Undivided != "" && d.Undivided != "should" && d.Undivided != "must" {
		problem("undivided: %q must be should or must", d.Undivided)
	}
	if len(d.Geometry) == 0 {
		problem("geometry: at least one of %v is needed", kinds)
	}
	for _, g := range d.Geometry {
		if !slices.Contains(kinds, g) {
			problem("geometry: %q is none of %v", g, kinds)
		}
	}
	if want := map[bool]string{true: "policy", false: "none"}[d.Inspected]; d.Class != want {
		problem("class: %q must be %q where inspected is %v", d.Class, want, d.Inspected)
	}
	if !hexColor.MatchString(d.Color) {
		problem("color: %q must be #rrggbb", d.Color)
	}
	if d.Zoom.Min < 0 || d.Zoom.Max > 22 || d.Zoom.Min > d.Zoom.Max {
		problem("zoom: %d to %d is no range within 0 to 22", d.Zoom.Min, d.Zoom.Max)
	}
	for i := range d.Attributes {
		a := &d.Attributes[i]
		if d.byName[a.Name] != nil {
			problem("attributes: %q stands twice", a.Name)
		}
		d.byName[a.Name] = a
		if err := a.check(); err != nil {
			problem("attributes: %s: %w", a.Name, err)
		}
	}
	for _, c := range d.Categories() {
		if !snake.MatchString(c) {
			problem("category: %q must be lower-case words joined by underscores", c)
		}
	}
	for _, r := range d.Category.Rules {
		for _, t := range r.When {
			if d.byName[t.Attribute] == nil {
				problem("category %s: there is no attribute %q", r.Category, t.Attribute)
			}
			if len(t.In) == 0 && t.AtLeast == nil && t.Above == nil {
				problem("category %s: the test of %q needs in, at_least or above", r.Category, t.Attribute)
			}
		}
	}
	return &d, errors.Join(problems...)
}
