package tiles

import (
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"

	"gridward/tiles/mvt"
)

// Hazards far out are clustered by a grid of clusterSteps tile steps, half a
// thumb on a screen: its lines are the same in every tile of a zoom, so a cluster
// is whole wherever it is drawn. From clustersUntil on each hazard stands alone.
const (
	clusterSteps  = 256
	clustersUntil = 15
)

// clusterKeys are the tags of hazards: all of them of one, the last two of a
// cluster.
var clusterKeys = []string{"id", "type", "state", "count", "max_severity"}

// ClusterFields are the tags of hazards with their types, for TileJSON.
func ClusterFields() map[string]string {
	return map[string]string{"id": "String", "type": "String", "state": "String", "count": "Number", "max_severity": "Number"}
}

// cluster is the hazards of a grid cell.
type cluster struct {
	count      int
	worst      int8
	sumX, sumY int64
	one        *Spark
	at         world
}

// eachSpark calls fn for the hazards in a box that a filter takes and a scope
// sees.
func (h *Heat) eachSpark(area box, f *HeatFilter, sees Sees, fn func(*Spark, world)) {
	for _, b := range h.blocks {
		if !b.box.meets(area) || !sees.owner(b.owner) || !f.inUnit(b.owner) {
			continue
		}
		for i := range b.sparks {
			s := &b.sparks[i]
			if (f.First != 0 && s.Day < f.First) || (f.Last != 0 && s.Day > f.Last) || !f.takes(&s.Kind) {
				continue
			}
			if w := worldOf(s.Point.Orb()); area.has(w) {
				fn(s, w)
			}
		}
	}
}

// DrawPoints makes a tile of hazards as points, or of clusters with their number
// and the gravest's severity: far out nothing is left out.
func (h *Heat) DrawPoints(t Address, f HeatFilter, sees Sees) Tile {
	p := pens.Get().(*pen)
	defer pens.Put(p)
	p.layer.Begin("hazards", clusterKeys)
	whole, wide := frameOf(t, clusterSteps+1), frameOf(t, bufferPoint) // what is rounded into a cell lies half a step beside it
	clusters := map[[2]int32]*cluster{}
	h.eachSpark(whole.box, &f, sees, func(s *Spark, w world) {
		local := whole.local(w)
		key := [2]int32{local[0] >> 8, local[1] >> 8} // of clusterSteps, rounded down
		if t.Depth() >= clustersUntil {
			p.spark(s, w, wide)
			return
		}
		if key[0] < -1 || key[1] < -1 || key[0] > Extent/clusterSteps || key[1] > Extent/clusterSteps {
			return // another tile's, of which not all is here
		}
		c := clusters[key]
		if c == nil {
			c = &cluster{}
			clusters[key] = c
		}
		c.count++
		c.worst = max(c.worst, s.Kind.Severity)
		c.sumX, c.sumY = c.sumX+int64(w.x), c.sumY+int64(w.y)
		c.one, c.at = s, w
	})
	keys := make([][2]int32, 0, len(clusters))
	for k := range clusters {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b [2]int32) int { return slices.Compare(a[:], b[:]) })
	for _, k := range keys {
		c := clusters[k]
		if c.count == 1 {
			p.spark(c.one, c.at, wide)
			continue
		}
		p.point(world{int32(c.sumX / int64(c.count)), int32(c.sumY / int64(c.count))}, wide)
		if p.layer.Shape.Empty() {
			continue
		}
		p.layer.Int(3, int64(c.count))
		p.layer.Int(4, int64(c.worst))
		var name [13]byte // zoom, and the cell's column and row in the world
		name[0] = byte(t.Z)
		binary.LittleEndian.PutUint32(name[1:], t.X*(Extent/clusterSteps)+uint32(k[0]))
		binary.LittleEndian.PutUint32(name[5:], t.Y*(Extent/clusterSteps)+uint32(k[1]))
		p.layer.Add(xxhash.Sum64(name[:])>>12, mvt.Points)
	}
	return Tile{Raw: p.layer.AppendTo(nil)}
}

// spark draws one hazard.
func (p *pen) spark(s *Spark, w world, f frame) {
	if p.point(w, f); p.layer.Shape.Empty() {
		return
	}
	p.layer.ID(0, s.ID)
	p.layer.String(1, s.Kind.Type)
	p.layer.String(2, s.Kind.State)
	p.layer.Int(3, 1)
	p.layer.Int(4, int64(s.Kind.Severity))
	p.layer.Add(id(s.ID, ""), mvt.Points)
}

// AppendPointsVersion is [Heat.AppendVersion] for hazards as points.
func (h *Heat) AppendPointsVersion(d *xxhash.Digest, t Address, f *HeatFilter, sees Sees) {
	area := frameOf(t, clusterSteps+1).box
	d.WriteString(f.key())
	for _, b := range h.blocks {
		b.appendVersion(d, area, sees)
	}
}
