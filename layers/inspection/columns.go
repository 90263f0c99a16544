package inspection

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/google/uuid"
)

// columns are inspections as the arrays that a bulk insert takes.
type columns struct {
	id, place                           []uuid.UUID
	at, deviceAt                        []time.Time
	skew                                []int32
	inspector, unit, outcome, checklist []string
	lon, lat, accuracy                  []*float64
	dwell                               []*int32
	device                              []string
	mock                                []bool
	photos                              []string
	walk, corrects                      []*uuid.UUID
	note                                []string
}

func newColumns(n int) *columns {
	return &columns{id: make([]uuid.UUID, 0, n), place: make([]uuid.UUID, 0, n), at: make([]time.Time, 0, n), deviceAt: make([]time.Time, 0, n)}
}

func (c *columns) add(v *Inspection) {
	c.id, c.place, c.at = append(c.id, v.ID), append(c.place, v.Place), append(c.at, v.At)
	device := v.DeviceAt
	if device.IsZero() {
		device = v.At
	}
	c.deviceAt, c.skew = append(c.deviceAt, device), append(c.skew, v.SkewS)
	c.inspector, c.unit = append(c.inspector, v.Inspector), append(c.unit, v.Unit)
	c.outcome, c.checklist = append(c.outcome, string(v.Outcome)), append(c.checklist, v.Checklist)
	var lon, lat *float64
	if v.Position != nil {
		lon, lat = &v.Position[0], &v.Position[1]
	}
	c.lon, c.lat, c.accuracy = append(c.lon, lon), append(c.lat, lat), append(c.accuracy, v.AccuracyM)
	c.dwell, c.device, c.mock = append(c.dwell, v.DwellS), append(c.device, v.Device), append(c.mock, v.Mock)
	hashes := make([]string, len(v.Photos))
	for i, h := range v.Photos {
		hashes[i] = hex.EncodeToString(h[:])
	}
	c.photos = append(c.photos, strings.Join(hashes, ","))
	c.walk, c.corrects, c.note = append(c.walk, null(v.Walk)), append(c.corrects, null(v.Corrects)), append(c.note, v.Note)
}

func null(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

func (c *columns) arguments() []any {
	return []any{c.id, c.place, c.at, c.deviceAt, c.skew, c.inspector, c.unit, c.outcome, c.checklist, c.lon, c.lat, c.accuracy,
		c.dwell, c.device, c.mock, c.photos, c.walk, c.corrects, c.note}
}
