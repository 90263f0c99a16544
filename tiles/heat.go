package tiles

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"gridward/geo"
	"gridward/layers/hazard"
)

// HeatMin and HeatMax are the zooms that have heat tiles; a map shows the
// deepest ones beyond.
const (
	HeatMin = 6
	HeatMax = 16
)

// HeatResolution is the H3 resolution of the hexagons at a zoom, the same for
// the whole zoom: about 4,000 hexagons a tile at most.
func HeatResolution(zoom int) int {
	table := [...]int{6: 5, 7: 6, 8: 6, 9: 7, 10: 8, 11: 8, 12: 9, 13: 10, 14: 10, 15: 11, 16: 11}
	return table[min(max(zoom, HeatMin), HeatMax)]
}

// Weights turn a hazard into heat.
type Weights struct {
	Severity     []float64 // by severity 1 to 4
	Closed       float64   // the factor of a closed hazard
	HalfLifeDays float64
}

// Of is a hazard's weight at an instant.
func (w Weights) Of(h *hazard.Hazard, now time.Time) float64 {
	v := w.Severity[min(max(int(h.Severity), 1), len(w.Severity))-1]
	if h.State == hazard.Closed {
		v *= w.Closed
	}
	age := max(0, now.Sub(h.DiscoveredAt).Hours()/24)
	return v * math.Exp2(-age/w.HalfLifeDays)
}

// Heat is an immutable snapshot of hazards with the outlines of every cell
// that can be drawn, so that no request calls H3.
type Heat struct {
	hazards  []hazard.Hazard
	outlines map[geo.Cell]orb.Ring
	weights  Weights
	open     map[uuid.UUID]openAt // by place
}

// openAt are a place's hazards that are not closed.
type openAt struct {
	count int
	worst int16
}

// OpenAt is how many hazards of a place are not closed, and the gravest's severity.
func (h *Heat) OpenAt(place uuid.UUID) (count int, worst int16) {
	o := h.open[place]
	return o.count, o.worst
}

// NewHeat takes over the hazards.
func NewHeat(hazards []hazard.Hazard, w Weights) (*Heat, error) {
	h := &Heat{hazards: hazards, outlines: map[geo.Cell]orb.Ring{}, weights: w, open: map[uuid.UUID]openAt{}}
	for i := range hazards {
		if z := &hazards[i]; z.Place != uuid.Nil && z.State != hazard.Closed {
			o := h.open[z.Place]
			h.open[z.Place] = openAt{o.count + 1, max(o.worst, z.Severity)}
		}
		for z := HeatMin; z <= HeatMax; z++ {
			c := hazards[i].Key.Parent(HeatResolution(z))
			if h.outlines[c] == nil {
				ring, err := c.Outline()
				if err != nil {
					return nil, fmt.Errorf("heat: %w", err)
				}
				h.outlines[c] = ring
			}
		}
	}
	return h, nil
}

// HeatFilter says which hazards count; zero fields do not narrow.
type HeatFilter struct {
	Types        []string
	Severity     int // at least
	States       []string
	Since, Until time.Time // discovered in [Since, Until)
}

func (f *HeatFilter) takes(h *hazard.Hazard) bool {
	return (len(f.Types) == 0 || slices.Contains(f.Types, h.Type)) &&
		int(h.Severity) >= f.Severity &&
		(len(f.States) == 0 || slices.Contains(f.States, string(h.State))) &&
		(f.Since.IsZero() || !h.DiscoveredAt.Before(f.Since)) &&
		(f.Until.IsZero() || h.DiscoveredAt.Before(f.Until))
}

// cellHeat is what a hexagon holds.
type cellHeat struct {
	cell        geo.Cell
	count       int
	weight      float64
	maxSeverity int16
}

// cells sums up the hazards of a resolution, all of them: a hexagon on a
// tile's edge has its whole total in both tiles.
func (h *Heat) cells(res int, f HeatFilter, sees Sees, now time.Time) []cellHeat {
	sums := map[geo.Cell]*cellHeat{}
	for i := range h.hazards {
		z := &h.hazards[i]
		if !f.takes(z) || (sees != nil && !sees(z.Town, z.Park, z.Community)) {
			continue
		}
		c := z.Key.Parent(res)
		s := sums[c]
		if s == nil {
			s = &cellHeat{cell: c}
			sums[c] = s
		}
		s.count++
		s.weight += h.weights.Of(z, now)
		s.maxSeverity = max(s.maxSeverity, z.Severity)
	}
	out := make([]cellHeat, 0, len(sums))
	for _, s := range sums {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b cellHeat) int { return cmp.Compare(a.cell, b.cell) })
	return out
}

// HeatLevels is the number of classes.
const HeatLevels = 6

// breaks are the classes' lower bounds: quantiles over the whole resolution,
// so that neighbouring tiles colour alike.
func breaks(cells []cellHeat) [HeatLevels]float64 {
	w := make([]float64, len(cells))
	for i, c := range cells {
		w[i] = c.weight
	}
	slices.Sort(w)
	var out [HeatLevels]float64
	if len(w) == 0 {
		return out
	}
	for i, q := range [HeatLevels]float64{0, 0.4, 0.65, 0.82, 0.92, 0.98} {
		out[i] = w[int(q*float64(len(w)-1))]
	}
	return out
}

// Legend is the lower bound of each class at a zoom.
func (h *Heat) Legend(zoom int, f HeatFilter, sees Sees, now time.Time) [HeatLevels]float64 {
	return breaks(h.cells(HeatResolution(zoom), f, sees, now))
}

// Encode makes a tile of hexagons. Cells are chosen by their outline.
func (h *Heat) Encode(t maptile.Tile, f HeatFilter, sees Sees, now time.Time) (Tile, error) {
	cells := h.cells(HeatResolution(int(t.Z)), f, sees, now)
	bounds := breaks(cells)
	box := buffered(t, bufferShape)
	fc := geojson.NewFeatureCollection()
	for _, c := range cells {
		ring := h.outlines[c.cell]
		if !ring.Bound().Intersects(box) {
			continue
		}
		level := 1
		for level < HeatLevels && c.weight >= bounds[level] && bounds[level] > bounds[0] {
			level++
		}
		fc.Append(&geojson.Feature{ID: float64(c.cell.Compact()), Geometry: orb.Polygon{slices.Clone(ring)}, Properties: geojson.Properties{
			"h3": c.cell.String(), "count": c.count, "weight": math.Round(c.weight*1000) / 1000, "level": level, "max_severity": int(c.maxSeverity)}})
	}
	return encode(false, finish(mvt.NewLayer("heat", fc), t))
}
