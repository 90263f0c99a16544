package certificate_test

import (
	"math/rand/v2"
	"testing"

	"gridward/grids/coverage/certificate"
)

// BenchmarkDistrict is a half-year of a large district: 500,000 obligations.
func BenchmarkDistrict(b *testing.B) {
	const n = 500_000
	r := rand.New(rand.NewPCG(13, 13))
	obligations := randomObligations(r, n)
	s := statementOf(obligations)
	c, l := issued(b, obligations)
	raw := proven(b, c, l, obligations[0].Place)
	b.Run("tree", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			leavesOf(b, obligations)
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
	})
	b.Run("issue", func(b *testing.B) {
		for b.Loop() {
			if _, err := certificate.Issue(s, l, seeded(1)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("prove", func(b *testing.B) {
		for b.Loop() {
			proven(b, c, l, obligations[r.IntN(n)].Place)
		}
	})
	b.Run("check_proof", func(b *testing.B) {
		for b.Loop() {
			if _, err := certificate.CheckProof(raw, public(seeded(1))); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(raw)), "bytes")
	})
}
