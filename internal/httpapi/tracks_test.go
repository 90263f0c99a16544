package httpapi_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/auth"
	"gridward/internal/postgres"
	"gridward/layers"
)

// withStreets adds a street of 1 km to each town's middle, a cross street over
// the towns' border that is the west's, and a compound beside the west's street.
func (w *world) withStreets(t *testing.T) map[string]uuid.UUID {
	t.Helper()
	ids := map[string]uuid.UUID{}
	lon, lat := geo.MetersToDegrees(31.35)
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	w.write(t, func(ctx context.Context, tx *postgres.Tx) error {
		add := func(layer, name, town, community string, g orb.Geometry) error {
			at, err := geo.Anchor(g)
			if err != nil {
				return err
			}
			key, err := geo.KeyAt(at)
			if err != nil {
				return err
			}
			d, _ := w.set.Get(layer)
			p := layers.Place{ID: uuid.New(), SourceID: name, Category: d.CategoryOf(nil), Name: name, Footprint: g, Anchor: at, Key: key, Town: town, Community: community, Attributes: map[string]any{}, ValidFrom: day}
			if layer == "street" {
				p.Attributes = map[string]any{"highway": "residential", "width_m": 7.0}
			}
			ids[name] = p.ID
			_, err = layers.Merge(ctx, tx, layer, name, day, layers.Each([]layers.Place{p}))
			return err
		}
		for _, l := range []struct {
			name, town, community string
			from, to              orb.Point
		}{
			{"west street", westTown, westComm, orb.Point{121.45, 31.35}, orb.Point{121.45 + 1000*lon, 31.35}},
			{"east street", eastTown, eastComm, orb.Point{121.55, 31.35}, orb.Point{121.55 + 1000*lon, 31.35}},
			{"border street", westTown, westComm, orb.Point{121.5 - 700*lon, 31.37}, orb.Point{121.5 + 300*lon, 31.37}},
		} {
			if err := add("street", l.name, l.town, l.community, orb.LineString{geo.Snap(l.from).Orb(), geo.Snap(l.to).Orb()}); err != nil {
				return err
			}
		}
		x, y := 121.45+100*lon, 31.35-100*lat
		yard := orb.Polygon{{geo.Snap(orb.Point{x, y}).Orb(), geo.Snap(orb.Point{x + 80*lon, y}).Orb(), geo.Snap(orb.Point{x + 80*lon, y + 60*lat}).Orb(), geo.Snap(orb.Point{x, y + 60*lat}).Orb(), geo.Snap(orb.Point{x, y}).Orb()}}
		if err := add("residential-compound", "yard", westTown, westComm, yard); err != nil {
			return err
		}
		tx.Change("places", uuid.Nil, nil)
		return nil
	})
	return ids
}

// stroll is points along the way from one place to another at 1.25 m/s.
func stroll(from, to orb.Point, at time.Time) [][]float64 {
	n := int(geo.Distance(from, to) / 6.25)
	var out [][]float64
	for i := range n + 1 {
		s := float64(i) / float64(n)
		out = append(out, []float64{from[0] + s*(to[0]-from[0]), from[1] + s*(to[1]-from[1]), float64(at.Unix() + int64(5*i)), 5})
	}
	return out
}

type beatRow struct {
	Key, Name, Town     string
	LengthCM            int64 `json:"length_cm"`
	WalkedCM            int64 `json:"walked_cm"`
	Share               *float64
	Met                 bool
	Streets, StreetsMet int
}

type beatPage struct {
	From, To, By string
	Total        beatRow
	Items        []beatRow
	Next         *string
}

type gapPage struct {
	Features []struct {
		Geometry   struct{ Coordinates []orb.Point }
		Properties struct {
			Street   uuid.UUID
			Grid     *string
			LengthCM int64 `json:"length_cm"`
		}
	}
	Next string
}

type trackAnswer struct {
	ID         uuid.UUID
	ReceivedAt time.Time `json:"received_at"`
	Points     int
	Used       int
	Dropped    map[string]int
	WalkedCM   int64 `json:"walked_cm"`
	Policy     string
	Walked     []struct {
		Street uuid.UUID
		Name   *string
		FromCM int64 `json:"from_cm"`
		ToCM   int64 `json:"to_cm"`
	}
}

// TestTracksAndBeats reports walks and asks what they covered.
func TestTracksAndBeats(t *testing.T) { inMemoryAndNot(t, newWorld, tracksAndBeats) }

func tracksAndBeats(t *testing.T, w *world) {
	ids := w.withStreets(t)
	lon, lat := geo.MetersToDegrees(31.35)
	get := func(who, path string, into any) answer {
		t.Helper()
		a := w.ask(t, who, "GET", path, nil)
		if a.code != http.StatusOK {
			t.Fatalf("%s %s: %d %s", who, path, a.code, a.body)
		}
		a.json(t, into)
		return a
	}
	start := w.now.Add(-2 * time.Hour) // 10:00 in Shanghai
	report := map[string]any{"id": uuid.New(), "inspector": "w-1", "unit": westTown, "device": "phone", "points": stroll(orb.Point{121.45, 31.35}, orb.Point{121.45 + 600*lon, 31.35}, start)}
	first := w.ask(t, "west", "POST", "/api/tracks", report)
	if first.code != http.StatusCreated {
		t.Fatalf("%d %s", first.code, first.body)
	}
	var got trackAnswer
	first.json(t, &got)
	if math.Abs(float64(got.WalkedCM)-60000) > 1500 || got.Used < got.Points*9/10 || len(got.Walked) != 1 || got.Walked[0].Street != ids["west street"] || *got.Walked[0].Name != "west street" || got.Policy == "" {
		t.Errorf("a walk of 600 m: %+v", got)
	}
	t.Run("again", func(t *testing.T) {
		again := w.ask(t, "west", "POST", "/api/tracks", report)
		if again.code != http.StatusOK || string(again.body) != string(first.body) {
			t.Errorf("%d %s", again.code, again.body)
		}
		other := map[string]any{"id": report["id"], "inspector": "w-2", "unit": westTown, "device": "phone", "points": report["points"]}
		if a := w.ask(t, "west", "POST", "/api/tracks", other); a.code != http.StatusConflict {
			t.Errorf("another walk under the id: %d %s", a.code, a.body)
		}
		other["unit"] = eastTown
		if a := w.ask(t, "east", "POST", "/api/tracks", other); a.code != http.StatusConflict {
			t.Errorf("another's id: %d %s", a.code, a.body)
		}
		// Long after, the key is forgotten and the track is not.
		w.write(t, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, `delete from gridward.write_key where district = $1`, district)
			return err
		})
		var late trackAnswer
		if a := w.ask(t, "west", "POST", "/api/tracks", report); a.code != http.StatusCreated {
			t.Errorf("%d %s", a.code, a.body)
		} else if a.json(t, &late); late.WalkedCM != got.WalkedCM || !late.ReceivedAt.Equal(got.ReceivedAt) {
			t.Errorf("%+v, was %+v", late, got)
		}
		var page struct{ Items []trackAnswer }
		if get("admin", "/api/tracks", &page); len(page.Items) != 1 || page.Items[0].WalkedCM != got.WalkedCM {
			t.Errorf("%+v", page)
		}
	})
	known := w.settled(t)

	// The east walks half of the west's streets' other one, over the border, and its own.
	var walks []trackAnswer
	for _, points := range [][][]float64{
		stroll(orb.Point{121.5 + 300*lon, 31.37}, orb.Point{121.5 - 200*lon, 31.37}, start),
		stroll(orb.Point{121.55, 31.35}, orb.Point{121.55 + 1000*lon, 31.35}, start.Add(time.Hour)),
	} {
		a := w.ask(t, "east", "POST", "/api/tracks", map[string]any{"id": uuid.New(), "inspector": "e-1", "points": points})
		if a.code != http.StatusCreated {
			t.Fatalf("%d %s", a.code, a.body)
		}
		var one trackAnswer
		a.json(t, &one)
		walks = append(walks, one)
	}
	if n := walks[0].Walked; len(n) != 1 || n[0].Street != ids["border street"] || n[0].Name != nil {
		t.Errorf("over the border: %+v", n)
	}

	t.Run("scope", func(t *testing.T) {
		var page struct{ Items []trackAnswer }
		if get("west", "/api/tracks", &page); len(page.Items) != 1 || page.Items[0].ID != got.ID {
			t.Errorf("the west sees %+v", page.Items)
		}
		if get("east", "/api/tracks?day=2026-10-20&limit=10", &page); len(page.Items) != 2 || page.Items[0].ID != walks[1].ID {
			t.Errorf("the east sees %+v", page.Items)
		}
		if get("admin", "/api/tracks?unit="+eastTown+"&day=2026-10-19", &page); len(page.Items) != 0 {
			t.Errorf("yesterday: %+v", page.Items)
		}
		for _, id := range []uuid.UUID{walks[0].ID, uuid.New()} {
			if a := w.ask(t, "west", "GET", "/api/tracks/"+id.String(), nil); a.code != http.StatusNotFound {
				t.Errorf("another's track: %d", a.code)
			}
		}
		if a := w.ask(t, "west", "GET", "/api/tracks?unit="+eastTown, nil); a.code != http.StatusNotFound {
			t.Errorf("another's unit: %d", a.code)
		}
		if a := w.ask(t, "west", "GET", "/api/beats?street="+ids["east street"].String(), nil); a.code != http.StatusNotFound {
			t.Errorf("another's street: %d", a.code)
		}
		if a := w.ask(t, "viewer", "POST", "/api/tracks", report); a.code != http.StatusForbidden {
			t.Errorf("a viewer reports: %d", a.code)
		}
		var west, east beatPage
		get("west", "/api/beats", &west)
		get("east", "/api/beats", &east)
		if len(west.Items) != 2 || len(east.Items) != 1 || east.Items[0].Name != "east street" || !east.Items[0].Met || east.Total.StreetsMet != 0 && east.Total.Streets != 1 {
			t.Errorf("west %+v, east %+v", west.Items, east.Items)
		}
		// An account of several units asks about no single one of them.
		w.write(t, func(ctx context.Context, tx *postgres.Tx) (err error) {
			_, w.tokens["both"], err = auth.Create(ctx, tx, "both", auth.Inspector, []string{westTown, westComm}, w.now, time.Time{})
			return err
		})
		var both beatPage
		if get("both", "/api/beats", &both); !slices.EqualFunc(both.Items, west.Items, func(a, b beatRow) bool { return a.Key == b.Key && a.WalkedCM == b.WalkedCM }) {
			t.Errorf("an account of the west and its community sees %+v", both.Items)
		}
		if get("both", "/api/beats?by=grid", &both); len(both.Items) != 1 {
			t.Errorf("and of grids %+v", both.Items)
		}
		if get("both", "/api/tracks", &page); len(page.Items) != 1 {
			t.Errorf("and of tracks %+v", page.Items)
		}
		var gaps gapPage
		get("east", "/api/beats/gaps", &gaps)
		for _, f := range gaps.Features {
			if f.Properties.Street != ids["east street"] {
				t.Errorf("the east is shown a gap of %s", f.Properties.Street)
			}
		}
	})

	t.Run("one track", func(t *testing.T) {
		var f struct {
			Geometry   struct{ Coordinates []orb.Point }
			Properties struct {
				trackAnswer
				Times    []float64
				Accuracy []float64 `json:"accuracy_m"`
			}
		}
		get("west", "/api/tracks/"+got.ID.String(), &f)
		points := report["points"].([][]float64)
		if len(f.Geometry.Coordinates) != len(points) || len(f.Properties.Times) != len(points) || len(f.Properties.Accuracy) != len(points) || f.Properties.WalkedCM != got.WalkedCM {
			t.Fatalf("%+v", f)
		}
		for i, p := range points {
			if c := f.Geometry.Coordinates[i]; c[0] != p[0] || c[1] != p[1] || f.Properties.Times[i] != p[2] || f.Properties.Accuracy[i] != p[3] {
				t.Fatalf("point %d came back as %v %v", i, c, f.Properties.Times[i])
			}
		}
	})

	t.Run("gaps and walks are the streets", func(t *testing.T) {
		for _, query := range []string{"day=2026-10-20", "from=2026-10-18&to=2026-10-23", "day=2026-10-20&grid=" + westComm + "001", "day=2026-10-20&unit=" + westTown, "day=2026-10-19"} {
			var page beatPage
			get("admin", "/api/beats?"+query, &page)
			var missing, sum int64
			path := "/api/beats/gaps?limit=1&" + query
			for path != "" {
				var gaps gapPage
				get("admin", path, &gaps)
				streets := map[uuid.UUID]bool{}
				for _, f := range gaps.Features {
					missing += f.Properties.LengthCM
					streets[f.Properties.Street] = true
					if d := geo.Length(orb.LineString(f.Geometry.Coordinates)) * 100; math.Abs(d-float64(f.Properties.LengthCM)) > 1.01 {
						t.Errorf("a gap of %d cm is drawn with %.1f", f.Properties.LengthCM, d)
					}
				}
				if len(streets) > 1 {
					t.Errorf("%d streets on a page of one", len(streets))
				}
				path = gaps.Next
			}
			for _, r := range page.Items {
				sum += r.LengthCM
			}
			if page.Total.LengthCM != sum || page.Total.WalkedCM+missing != sum || sum == 0 {
				t.Errorf("%s: %d cm of %d (%d) were walked, %d are missing", query, page.Total.WalkedCM, page.Total.LengthCM, sum, missing)
			}
		}
	})

	t.Run("by", func(t *testing.T) {
		var page beatPage
		get("admin", "/api/beats?by=grid", &page)
		if len(page.Items) != 2 || page.Items[0].Key != westComm+"001" {
			t.Fatalf("%+v", page)
		}
		// 1,000 and 700 m of streets lie in the west, 1,000 and 300 m in the east.
		for i, want := range []struct{ length, walked float64 }{{170000, 80000}, {130000, 130000}} {
			if r := page.Items[i]; math.Abs(float64(r.LengthCM)-want.length) > 100 || math.Abs(float64(r.WalkedCM)-want.walked) > 3000 || r.Streets != 2 || r.Met != (i == 1) {
				t.Errorf("grid %+v, want about %+v", r, want)
			}
		}
		get("west", "/api/beats?by=grid", &page)
		if len(page.Items) != 1 || page.Items[0].Key != westComm+"001" {
			t.Errorf("the west by grid: %+v", page.Items)
		}
		get("admin", "/api/beats?by=town", &page)
		if len(page.Items) != 2 || page.Items[0].Key != westTown || page.Items[0].Name != "西镇" || page.Items[0].LengthCM+page.Items[1].LengthCM != page.Total.LengthCM {
			t.Errorf("by town: %+v", page)
		}
		get("admin", "/api/beats?by=day&from=2026-10-19&to=2026-10-22&street="+ids["west street"].String(), &page)
		if len(page.Items) != 3 || page.Items[0].WalkedCM != 0 || page.Items[1].WalkedCM != got.WalkedCM || page.Items[1].Key != "2026-10-20" || page.Items[2].WalkedCM != 0 {
			t.Errorf("by day: %+v", page.Items)
		}
		get("admin", "/api/beats?limit=2", &page)
		if len(page.Items) != 2 || page.Next == nil {
			t.Fatalf("a page of two: %+v", page)
		}
		two := page.Items
		if get("admin", *page.Next, &page); len(page.Items) != 1 || page.Next != nil || page.Items[0].Key <= two[1].Key {
			t.Errorf("the next page: %+v", page)
		}
	})

	t.Run("as known", func(t *testing.T) {
		at := "as_known_at=" + url.QueryEscape(known.Format(time.RFC3339Nano))
		var page beatPage
		get("admin", "/api/beats?"+at, &page)
		if page.Total.WalkedCM != got.WalkedCM {
			t.Errorf("before the east reported %d cm were walked, want %d", page.Total.WalkedCM, got.WalkedCM)
		}
		var list struct{ Items []trackAnswer }
		if get("admin", "/api/tracks?"+at, &list); len(list.Items) != 1 {
			t.Errorf("%d tracks were known", len(list.Items))
		}
		if a := w.ask(t, "admin", "GET", "/api/tracks/"+walks[0].ID.String()+"?"+at, nil); a.code != http.StatusNotFound {
			t.Errorf("a track before it was learned: %d", a.code)
		}
	})

	t.Run("public areas", func(t *testing.T) {
		type areas struct {
			Items []struct {
				Place   uuid.UUID
				Share   float64
				Met     bool
				Days    int
				InsideS int `json:"inside_s"`
			}
		}
		var before, after areas
		if get("west", "/api/beats/areas", &before); len(before.Items) != 1 || before.Items[0].Share != 0 || before.Items[0].Met {
			t.Errorf("%+v", before)
		}
		// Two lines through a yard of 80 m by 60 m, in sight of all of it.
		x, y := 121.45+100*lon, 31.35-100*lat
		points := stroll(orb.Point{x + 5*lon, y + 15*lat}, orb.Point{x + 75*lon, y + 15*lat}, start)
		points = append(points, stroll(orb.Point{x + 75*lon, y + 45*lat}, orb.Point{x + 5*lon, y + 45*lat}, start.Add(2*time.Minute))...)
		if a := w.ask(t, "west", "POST", "/api/tracks", map[string]any{"id": uuid.New(), "inspector": "w-1", "points": points}); a.code != http.StatusCreated {
			t.Fatalf("%d %s", a.code, a.body)
		}
		if get("west", "/api/beats/areas?from=2026-10-01&to=2026-11-01", &after); len(after.Items) != 1 || after.Items[0].Share < 0.9 || !after.Items[0].Met || after.Items[0].Days != 1 || after.Items[0].InsideS < 100 {
			t.Errorf("%+v", after)
		}
		if get("east", "/api/beats/areas", &after); len(after.Items) != 0 {
			t.Errorf("the east sees %+v", after)
		}
	})
}

// TestBadTracksAreRefused names what is wrong with each point and stores nothing.
func TestBadTracksAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := float64(w.now.Unix() - 3600)
	good := [][]float64{{121.45, 31.35, at}, {121.451, 31.35, at + 60, 5}}
	for name, c := range map[string]struct {
		change func(body map[string]any)
		code   int
	}{
		"one point":      {func(b map[string]any) { b["points"] = good[:1] }, 422},
		"times back":     {func(b map[string]any) { b["points"] = [][]float64{good[1], good[0]} }, 422},
		"one time twice": {func(b map[string]any) { b["points"] = [][]float64{good[0], good[0]} }, 422},
		"too short":      {func(b map[string]any) { b["points"] = [][]float64{good[0], {121.45, 31.35, at + 0.0000005}} }, 422},
		"future":         {func(b map[string]any) { b["points"] = [][]float64{good[0], {121.45, 31.35, at + 3600 + 700}} }, 422},
		"milliseconds": {func(b map[string]any) {
			b["points"] = [][]float64{{121.45, 31.35, at * 1000}, {121.45, 31.35, at*1000 + 1}}
		}, 422},
		"two days":        {func(b map[string]any) { b["points"] = [][]float64{{121.45, 31.35, at - 2*86400}, good[0]} }, 422},
		"before 2000":     {func(b map[string]any) { b["points"] = [][]float64{{121.45, 31.35, 3}, {121.45, 31.35, 4}} }, 422},
		"off the earth":   {func(b map[string]any) { b["points"] = [][]float64{{31.35, 121.45, at}, good[1]} }, 422},
		"two numbers":     {func(b map[string]any) { b["points"] = [][]float64{{121.45, 31.35}, good[1]} }, 422},
		"five numbers":    {func(b map[string]any) { b["points"] = [][]float64{{121.45, 31.35, at, 5, 5}, good[1]} }, 422},
		"accuracy":        {func(b map[string]any) { b["points"] = [][]float64{{121.45, 31.35, at, -5}, good[1]} }, 422},
		"no inspector":    {func(b map[string]any) { b["inspector"] = "" }, 422},
		"no id":           {func(b map[string]any) { b["id"] = uuid.Nil }, 422},
		"another's unit":  {func(b map[string]any) { b["unit"] = eastTown }, 422},
		"no such unit":    {func(b map[string]any) { b["unit"] = "310113009000" }, 422},
		"the district":    {func(b map[string]any) { b["unit"] = whole }, 422},
		"text for points": {func(b map[string]any) { b["points"] = "here" }, 400},
		"unknown field":   {func(b map[string]any) { b["speed"] = 3 }, 400},
		"too many": {func(b map[string]any) {
			many := make([][]float64, 50001)
			for i := range many {
				many[i] = []float64{121.45, 31.35, at - 60000 + float64(i)}
			}
			b["points"] = many
		}, 422},
	} {
		body := map[string]any{"id": uuid.New(), "inspector": "w-1", "unit": westTown, "points": good}
		c.change(body)
		if a := w.ask(t, "west", "POST", "/api/tracks", body); a.code != c.code {
			t.Errorf("%s: %d %s", name, a.code, a.body)
		}
	}
	var page struct{ Items []trackAnswer }
	w.ask(t, "admin", "GET", "/api/tracks", nil).json(t, &page)
	if len(page.Items) != 0 {
		t.Errorf("%d tracks were stored", len(page.Items))
	}
	for _, bad := range []string{"/api/beats?by=inspector", "/api/beats?day=2026-10-20&from=2026-10-19", "/api/beats?from=2026-10-20&to=2026-10-20", "/api/beats?from=2026-01-01&to=2026-10-20",
		"/api/beats/gaps?at_least_m=-1", "/api/tracks?day=tomorrow", "/api/tracks/x"} {
		if a := w.ask(t, "west", "GET", bad, nil); a.code != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, a.code)
		}
	}
	// Whom the network does not know yet: no street, no beat.
	var none beatPage
	w.ask(t, "west", "GET", "/api/beats", nil).json(t, &none)
	if len(none.Items) != 0 || none.Total.Met || none.Total.Share != nil {
		t.Errorf("without streets: %s", fmt.Sprint(none))
	}
}

// settled is a moment before which everything is known.
func (w *world) settled(t *testing.T) time.Time {
	t.Helper()
	time.Sleep(1100 * time.Millisecond) // locks of learning have whole seconds
	at, err := w.db.Settled(t.Context(), district)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// walkOnce walks half of a street and says by which track.
func (w *world) walkOnce(t *testing.T) uuid.UUID {
	t.Helper()
	w.withStreets(t)
	id := uuid.New()
	lon, _ := geo.MetersToDegrees(31.35)
	points := stroll(orb.Point{121.45, 31.35}, orb.Point{121.45 + 500*lon, 31.35}, w.now.Add(-time.Hour))
	if a := w.ask(t, "west", "POST", "/api/tracks", map[string]any{"id": id, "inspector": "w-1", "points": points}); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	return id
}

// TestTracksBackVisits: where the policy asks for tracks, a visit counts once the
// track that covers it is there; as known before, it does not.
func TestTracksBackVisits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(t, func(ctx context.Context, tx *postgres.Tx) error {
		document := strings.Replace(policy.DefaultDocument(), "version: 2022-19.1", "version: tracks", 1)
		document = strings.Replace(document, "valid_from: 2022-07-10", "valid_from: 2022-07-11", 1)
		_, err := coverage.PutPolicy(ctx, tx, document+"\nevidence:\n  counts: B\n  no_track: {asked: true, at_most: C}\n")
		return err
	})
	shop := w.places[westTown][0]
	state := func(query string) (state string, reasons []string) {
		t.Helper()
		var place struct {
			Obligations []struct {
				State   string
				Reasons []struct{ Code string }
			}
		}
		a := w.ask(t, "west", "GET", "/api/coverage/places/"+shop.String()+query, nil)
		a.json(t, &place)
		if len(place.Obligations) != 1 {
			t.Fatalf("%d %s", a.code, a.body)
		}
		for _, r := range place.Obligations[0].Reasons {
			reasons = append(reasons, r.Code)
		}
		return place.Obligations[0].State, reasons
	}
	grade := func() string {
		t.Helper()
		var page struct {
			Items []struct {
				Grade   string
				Reasons []struct{ Code string }
			}
		}
		a := w.ask(t, "admin", "GET", "/api/evidence?as_of="+moment(w.now)+"&as_known_at="+moment(w.settled(t)), nil)
		a.json(t, &page)
		if len(page.Items) != 1 {
			t.Fatalf("%d %s", a.code, a.body)
		}
		return page.Items[0].Grade
	}
	visit := w.visitAt(shop, "done")
	visit["at"], visit["inspector"], visit["dwell_s"], visit["lon"] = w.now.Add(-time.Hour), "w-1", 900, 121.42
	if a := w.ask(t, "west", "POST", "/api/inspections", visit); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if got, why := state(""); got != "disputed" || !slices.Contains(why, "no_track") {
		t.Errorf("without a track: %s %v", got, why)
	}
	if got := grade(); got != "C" {
		t.Errorf("without a track: grade %s", got)
	}
	known := w.settled(t)
	track := func(inspector string, from time.Time) {
		t.Helper()
		points := stroll(orb.Point{121.4195, 31.35}, orb.Point{121.4205, 31.35}, from)
		if a := w.ask(t, "west", "POST", "/api/tracks", map[string]any{"id": uuid.New(), "inspector": inspector, "unit": westTown, "points": points}); a.code != http.StatusCreated {
			t.Fatalf("%d %s", a.code, a.body)
		}
	}
	track("w-2", w.now.Add(-time.Hour))
	track("w-1", w.now.Add(-2*time.Hour))
	if got, why := state(""); got != "disputed" {
		t.Errorf("with another's track and one of another hour: %s %v", got, why)
	}
	track("w-1", w.now.Add(-59*time.Minute))
	if got, why := state(""); got != "met" {
		t.Errorf("with its track: %s %v", got, why)
	}
	if got := grade(); got > "B" {
		t.Errorf("with its track: grade %s", got)
	}
	if got, why := state("?as_of=" + moment(w.now) + "&as_known_at=" + moment(known)); got != "disputed" {
		t.Errorf("as known before: %s %v", got, why)
	}
	// A service that starts now says the same, and so does a visit that comes after its track.
	w.serve(t)
	if got, why := state(""); got != "met" {
		t.Errorf("read anew: %s %v", got, why)
	}
	shop = w.places[westTown][1]
	visit["id"], visit["place"], visit["lon"] = uuid.New(), shop, 121.43
	w.ask(t, "west", "POST", "/api/inspections", visit)
	if got, why := state(""); got != "met" {
		t.Errorf("after its track: %s %v", got, why)
	}
}

// TestBeatsForgetAStreetThatIsGone retires a street: from then on nobody owes it.
func TestBeatsForgetAStreetThatIsGone(t *testing.T) {
	inMemoryAndNot(t, newWorld, beatsForgetAStreetThatIsGone)
}

func beatsForgetAStreetThatIsGone(t *testing.T, w *world) {
	ids := w.withStreets(t)
	streets := func() (keys []string) {
		t.Helper()
		var page beatPage
		w.ask(t, "admin", "GET", "/api/beats?by=street", nil).json(t, &page)
		for _, row := range page.Items {
			keys = append(keys, row.Key)
		}
		return keys
	}
	gone := ids["border street"].String()
	if !slices.Contains(streets(), gone) {
		t.Fatalf("%v", streets())
	}
	if a := w.ask(t, "admin", "PATCH", "/api/places/"+gone, map[string]any{"id": uuid.New(), "version": 1, "retired_on": w.now.Format(time.DateOnly)}); a.code != http.StatusOK {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if left := streets(); slices.Contains(left, gone) || len(left) != 2 {
		t.Errorf("left are %v", left)
	}
}
