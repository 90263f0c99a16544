package style

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
)

// Palette is the colours and fonts that the console's map and these styles share.
type Palette struct {
	// Fonts are families of the reader's own machine, the first that is there.
	Fonts []string `json:"fonts"`
	// Heat are the colours of a legend's classes, the lightest first.
	Heat        []string `json:"heat"`
	HexagonLine string   `json:"hexagonLine"`
	// Severity are the colours of hazards of severity 1 to 4.
	Severity []string `json:"severity"`
	// Coverage are the colours of shares of what is due that is met.
	Coverage struct {
		Low      string `json:"low"`
		Fair     string `json:"fair"`
		Good     string `json:"good"`
		Near     string `json:"near"`
		Complete string `json:"complete"`
	} `json:"coverage"`
	// None is of areas in which nothing is due.
	None struct {
		Ground string `json:"ground"`
		Stripe string `json:"stripe"`
	} `json:"none"`
	// States are the colours of obligations by state.
	States struct {
		Met       string `json:"met"`
		Attempted string `json:"attempted"`
		Open      string `json:"open"`
		Overdue   string `json:"overdue"`
		Excused   string `json:"excused"`
		Disputed  string `json:"disputed"`
		NotDue    string `json:"not_due"`
	} `json:"states"`
	Base struct {
		Sea          string `json:"sea"`
		Land         string `json:"land"`
		Green        string `json:"green"`
		Farmland     string `json:"farmland"`
		Water        string `json:"water"`
		StreetCase   string `json:"streetCase"`
		Street       string `json:"street"`
		MainStreet   string `json:"mainStreet"`
		Town         string `json:"town"`
		Community    string `json:"community"`
		Park         string `json:"park"`
		Grid         string `json:"grid"`
		BuildingLine string `json:"buildingLine"`
	} `json:"base"`
	// Text is of names by what they name, with what goes around them; Dark and
	// Light are what can be read on a light or dark ground.
	Text struct {
		Street    string `json:"street"`
		Grid      string `json:"grid"`
		Community string `json:"community"`
		Town      string `json:"town"`
		Halo      string `json:"halo"`
		Dark      string `json:"dark"`
		Light     string `json:"light"`
	} `json:"text"`
}

// isColor is what the palette may hold as a colour.
var isColor = regexp.MustCompile(`^(#[0-9a-f]{6}|rgba\(\d+,\d+,\d+,[0-9.]+\))$`)

// ParsePalette reads the console's palette and refuses one that lacks a colour of
// these styles. It may hold others, which the console alone needs.
func ParsePalette(raw []byte) (*Palette, error) {
	var p Palette
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, fmt.Errorf("not a palette: %w", err)
	}
	if len(p.Fonts) == 0 || len(p.Heat) < 2 || len(p.Severity) != 4 {
		return nil, fmt.Errorf("a palette needs fonts, colours of heat and of 4 severities, not %d, %d and %d", len(p.Fonts), len(p.Heat), len(p.Severity))
	}
	without := p
	without.Fonts = nil
	if err := checkColors(reflect.ValueOf(without), "palette"); err != nil {
		return nil, err
	}
	return &p, nil
}

// checkColors holds every text of a value to be a colour.
func checkColors(v reflect.Value, path string) error {
	switch v.Kind() {
	case reflect.String:
		if !isColor.MatchString(v.String()) {
			return fmt.Errorf("%s: %q is no colour", path, v.String())
		}
	case reflect.Slice:
		for i := range v.Len() {
			if err := checkColors(v.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if err := checkColors(v.Field(i), path+"."+v.Type().Field(i).Tag.Get("json")); err != nil {
				return err
			}
		}
	}
	return nil
}
