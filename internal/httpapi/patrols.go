package httpapi

import (
	"bytes"
	"cmp"
	"runtime"
	"slices"
	"sync"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/grids/coverage/beat"
	"gridward/tiles"
)

// The layers that patrols on foot are about.
const (
	streetLayer   = "street"
	groundsLayer  = "residential-compound"
	buildingLayer = "building"
)

var patrolled = []string{streetLayer, groundsLayer, buildingLayer}

// patrols are a view's streets and public areas as those on patrol cover them.
// They are made when first asked for: whoever only looks at maps pays nothing.
type patrols struct {
	walked  made
	net     *beat.Network
	streets map[uuid.UUID]*street

	cut     sync.Once
	reaches []beat.Reach // by street, grid and place

	grounds made
	yards   []*yard // by id
}

// made is something that is made once; what failed is tried again.
type made struct {
	mu   sync.Mutex
	done bool
}

func (m *made) by(fn func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.done {
		return nil
	}
	err := fn()
	m.done = err == nil
	return err
}

// everything picks all of a layer.
func everything(s *tiles.Snapshot, fn func(*tiles.Feature)) { s.All(nil, fn) }

// street is a street that is walked.
type street struct {
	*tiles.Feature
	name   string
	widthM float64 // 0: not known
}

// patrolled is the view's streets as a network, and each with its units.
func (v *view) patrolled() (*patrols, error) {
	p := v.patrols
	return p, p.walked.by(func() error {
		p.streets = map[uuid.UUID]*street{}
		var list []beat.Street
		s := v.places[streetLayer]
		err := v.each(streetLayer, everything, func(f *tiles.Feature) {
			one := &street{Feature: f}
			one.widthM, _ = s.Value(f, "width_m").(float64)
			one.name, _ = s.Value(f, "name").(string)
			list = append(list, beat.Street{ID: f.Ref, Line: f.Geometry, WidthM: one.widthM})
			p.streets[f.Ref] = one
		})
		if err == nil {
			p.net, err = beat.NewNetwork(list, v.book.Policy().Beats)
		}
		return err
	})
}

// leastBeside is how far beside a street's middle its grid is asked for at
// least, in metres: borders drawn along the street miss its middle.
const leastBeside = 3.0

// cutByGrid is every street cut by the grids in force. It asks for the grid of
// two points each ten metres, so it is made once for a view.
func (v *view) cutByGrid(p *patrols) []beat.Reach {
	p.cut.Do(func() {
		streets := p.net.Streets()
		found := make([][]beat.Reach, len(streets))
		locate := func(lon, lat float64) string {
			at, err := geo.SnapChecked(orb.Point{lon, lat})
			if err != nil {
				return ""
			}
			key, err := geo.KeyAt(at)
			if err != nil {
				return ""
			}
			of, _ := v.placer.Place(at.Orb(), at, key)
			return of.Grid
		}
		var all sync.WaitGroup
		workers := runtime.GOMAXPROCS(0)
		for w := range workers {
			all.Go(func() {
				for i := w; i < len(streets); i += workers {
					found[i] = p.net.Reaches(streets[i], max(p.streets[streets[i]].widthM/2, leastBeside), locate)
				}
			})
		}
		all.Wait()
		p.reaches = slices.Concat(found...)
	})
	return p.reaches
}

// yard is the public grounds of a residential compound, divided into cells when
// somebody first comes there.
type yard struct {
	*tiles.Feature
	name  string
	bound orb.Bound
	cut   made
	area  *beat.Area
}

// publicAreas are the view's residential compounds.
func (v *view) publicAreas() ([]*yard, error) {
	p := v.patrols
	err := p.grounds.by(func() error {
		s := v.places[groundsLayer]
		p.yards = nil
		err := v.each(groundsLayer, everything, func(f *tiles.Feature) {
			one := &yard{Feature: f, bound: f.Geometry.Bound()}
			one.name, _ = s.Value(f, "name").(string)
			p.yards = append(p.yards, one)
		})
		slices.SortFunc(p.yards, func(a, b *yard) int { return bytes.Compare(a.Ref[:], b.Ref[:]) })
		return err
	})
	return p.yards, err
}

// cells divides the grounds without the buildings that stand on them.
func (y *yard) cells(v *view) (*beat.Area, error) {
	err := y.cut.by(func() error {
		var buildings []orb.Geometry
		err := v.each(buildingLayer, func(s *tiles.Snapshot, fn func(*tiles.Feature)) { s.Within(y.bound, fn) }, func(f *tiles.Feature) {
			// A building on the grounds has its anchor there.
			if y.bound.Contains(f.Anchor.Orb()) && f.Geometry.Dimensions() == 2 {
				buildings = append(buildings, f.Geometry)
			}
		})
		if err != nil {
			return err
		}
		y.area, err = beat.NewArea(y.Ref, y.Geometry, buildings...)
		return err
	})
	return y.area, err
}

// areasNear are the public areas in whose box one of the fixes lies.
func (v *view) areasNear(fixes []beat.Fix) ([]*beat.Area, error) {
	if len(fixes) == 0 {
		return nil, nil
	}
	points := make([]orb.Point, len(fixes))
	for i := range fixes {
		points[i] = orb.Point{fixes[i].Lon, fixes[i].Lat}
	}
	around := orb.MultiPoint(points).Bound()
	// In order of longitude, so that a box looks only at those between its sides.
	slices.SortFunc(points, func(a, b orb.Point) int { return cmp.Compare(a[0], b[0]) })
	var out []*beat.Area
	yards, err := v.publicAreas()
	if err != nil {
		return nil, err
	}
	for _, y := range yards {
		if !y.bound.Intersects(around) {
			continue
		}
		i, _ := slices.BinarySearchFunc(points, y.bound.Min[0], func(p orb.Point, lon float64) int { return cmp.Compare(p[0], lon) })
		for ; i < len(points) && points[i][0] <= y.bound.Max[0]; i++ {
			if y.bound.Contains(points[i]) {
				a, err := y.cells(v)
				if err != nil {
					return nil, err
				}
				out = append(out, a)
				break
			}
		}
	}
	return out, nil
}
