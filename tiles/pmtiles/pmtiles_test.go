package pmtiles

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"pgregory.net/rapid"
)

// TestIDsAreThoseOfTheSpecification has its examples.
func TestIDsAreThoseOfTheSpecification(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		x, y uint32
		z    maptile.Zoom
		want uint64
	}{{0, 0, 0, 0}, {0, 0, 1, 1}, {0, 1, 1, 2}, {1, 1, 1, 3}, {1, 0, 1, 4}, {0, 0, 2, 5}, {3423, 1763, 12, 19078479}} {
		if got := ID(maptile.New(c.x, c.y, c.z)); got != c.want {
			t.Errorf("%d/%d/%d is %d, want %d", c.z, c.x, c.y, got, c.want)
		}
	}
}

// TestIDsFollowACurve: every tile of a zoom has an id of its own, and tiles that
// follow each other share an edge.
func TestIDsFollowACurve(t *testing.T) {
	t.Parallel()
	for z := maptile.Zoom(1); z <= 6; z++ {
		first := ID(maptile.New(0, 0, z))
		at := map[uint64]maptile.Tile{}
		for x := range uint32(1) << z {
			for y := range uint32(1) << z {
				at[ID(maptile.New(x, y, z))] = maptile.New(x, y, z)
			}
		}
		for i := uint64(1); i < uint64(1)<<(2*z); i++ {
			a, b := at[first+i-1], at[first+i]
			if d := max(a.X, b.X) - min(a.X, b.X) + max(a.Y, b.Y) - min(a.Y, b.Y); d != 1 {
				t.Fatalf("zoom %d: %v is followed by %v", z, a, b)
			}
		}
	}
}

// find reads one tile of an archive, as a reader does.
func find(t *rapid.T, raw []byte, id uint64) []byte {
	part := func(n int) []byte {
		at, size := binary.LittleEndian.Uint64(raw[8+16*n:]), binary.LittleEndian.Uint64(raw[16+16*n:])
		return raw[at : at+size]
	}
	directory := part(0)
	for range 3 {
		plain, err := unzip(directory)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := readDirectory(plain)
		if err != nil {
			t.Fatal(err)
		}
		i, exact := slices.BinarySearchFunc(entries, id, func(e entry, id uint64) int {
			if e.id < id {
				return -1
			} else if e.id > id {
				return 1
			}
			return 0
		})
		if !exact {
			i--
		}
		if i < 0 {
			return nil
		}
		e := entries[i]
		if e.run == 0 {
			directory = part(2)[e.offset : e.offset+uint64(e.length)]
			continue
		}
		if id >= e.id+uint64(e.run) {
			return nil
		}
		plain, err = unzip(part(3)[e.offset : e.offset+uint64(e.length)])
		if err != nil {
			t.Fatal(err)
		}
		return plain
	}
	t.Fatal("directories lie too deep")
	return nil
}

// TestTilesComeBack writes random tiles, many of them equal, and reads each.
func TestTilesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		w, err := NewWriter()
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		want := map[uint64]string{}
		at := map[uint64]maptile.Tile{}
		n := rapid.SampledFrom([]int{0, 1, 50, 3000, 12000}).Draw(t, "tiles")
		for range n {
			z := maptile.Zoom(8 + r.IntN(6))
			tile := maptile.New(uint32(r.IntN(1<<z)), uint32(r.IntN(1<<z)), z)
			if n == 3000 { // close by: runs
				tile = maptile.New(uint32(r.IntN(40)), uint32(r.IntN(40)), 10)
			}
			at[ID(tile)] = tile
		}
		ids := make([]uint64, 0, len(at))
		for id := range at {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		for _, id := range ids {
			want[id] = fmt.Sprint("tile ", r.IntN(1+n/3))
			if err := w.Add(at[id], []byte(want[id])); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		if err := w.Write(&out, Info{MinZoom: 8, MaxZoom: 13, Bounds: orb.Bound{Min: orb.Point{-1, -2}, Max: orb.Point{3, 4}}, Metadata: map[string]any{"name": "x"}}); err != nil {
			t.Fatal(err)
		}
		raw := out.Bytes()
		for k := 0; k < min(200, len(ids)); k++ {
			id := ids[r.IntN(len(ids))]
			if got := string(find(t, raw, id)); got != want[id] {
				t.Fatalf("tile %d is %q, want %q", id, got, want[id])
			}
		}
		for range 50 {
			if id := r.Uint64N(1 << 26); want[id] == "" && find(t, raw, id) != nil {
				t.Fatalf("tile %d is there", id)
			}
		}
		tiles, entries, contents := w.Counts()
		if tiles != len(ids) || entries > tiles || contents > entries {
			t.Fatalf("%d tiles, %d entries, %d contents", tiles, entries, contents)
		}
	})
}

func TestOrderIsKept(t *testing.T) {
	t.Parallel()
	w, err := NewWriter()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Add(maptile.New(1, 1, 1), []byte("a")); err != nil {
		t.Fatal(err)
	}
	if err := w.Add(maptile.New(0, 0, 1), []byte("b")); !errors.Is(err, ErrOrder) {
		t.Errorf("%v", err)
	}
}

// FuzzReadDirectory: what is read is written the same way.
func FuzzReadDirectory(f *testing.F) {
	f.Add(appendDirectory(nil, []entry{{1, 0, 10, 1}, {2, 10, 5, 3}, {9, 0, 10, 1}}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		entries, err := readDirectory(raw)
		if err != nil {
			return
		}
		again, err := readDirectory(appendDirectory(nil, entries))
		if err != nil || !slices.Equal(again, entries) {
			t.Fatalf("%v is %v written anew, %v", entries, again, err)
		}
	})
}
