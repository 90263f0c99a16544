package evidence_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"gridward/grids/coverage/evidence"
)

// manyVisits are visits as a district has them in some months: a thousand
// inspectors, a dozen visits a day, two photos each; one in a hundred odd.
func manyVisits(n int) []evidence.Visit {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]evidence.Visit, n)
	for i := range out {
		who := i % 1000
		turn := i / 1000
		v := visit(i+1, float64(turn/12*86400+turn%12*1500+r.IntN(600)), float64(who*15+r.IntN(900)))
		v.Inspector, v.Device = fmt.Sprintf("inspector %d", who), fmt.Sprintf("phone %d", who)
		v.Place = id(1_000_000 + who*100 + r.IntN(100))
		v.Photos = make([][32]byte, 2)
		for j := range v.Photos {
			binary.BigEndian.PutUint64(v.Photos[j][:], r.Uint64())
		}
		if r.IntN(100) == 0 {
			v.Lat += 0.3
			v.Own.ExcessM = 30000
		}
		if i > 0 && r.IntN(100) == 0 {
			v.Photos[1] = out[r.IntN(i)].Photos[0]
		}
		if r.IntN(100) == 0 {
			v.Device = fmt.Sprintf("phone %d", r.IntN(1000))
		}
		if r.IntN(100) == 0 {
			v.At = v.At.Truncate(time.Hour)
		}
		v.Clean = r.IntN(5) > 0
		out[i] = v
	}
	r.Shuffle(n, func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func BenchmarkOwnGrade(b *testing.B) {
	r := evidence.DefaultRules()
	for name, o := range map[string]evidence.Own{
		"nothing to say": good(), "nothing is known": evidence.Blank(),
		"four reasons": {ExcessM: 900, AccuracyM: 900, DwellS: 1, SkewS: 9999},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var worst evidence.Grade
			for b.Loop() {
				worst = max(worst, r.OwnGrade(&o, noon))
			}
			if worst == evidence.Ungraded {
				b.Fatal(worst)
			}
		})
	}
}

func BenchmarkRelated(b *testing.B) {
	visits := manyVisits(300_000)
	r := evidence.DefaultRules()
	b.ReportAllocs()
	var related int
	for b.Loop() {
		related = len(r.Related(visits, shanghai))
	}
	b.ReportMetric(float64(related), "visits-with-reasons")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(visits)), "ns/visit")
}

func BenchmarkPatterns(b *testing.B) {
	visits := manyVisits(300_000)
	var found []evidence.Contradiction
	for i := 0; i < len(visits); i += 50 {
		found = append(found, evidence.Contradiction{Place: visits[i].Place, At: visits[i].At.Add(48 * time.Hour), Kind: "exit_blocked"})
	}
	r := evidence.DefaultRules()
	b.ReportAllocs()
	for b.Loop() {
		r.Patterns(visits, found, shanghai)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(visits)), "ns/visit")
}
