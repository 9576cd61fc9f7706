package radix

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

func word(key uint32, i int) uint64 { return uint64(key)<<32 | uint64(i) }

func TestSort(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	r := rand.New(rand.NewPCG(1, 2))
	for _, keys := range []struct {
		name string
		f    func(i int) uint32
	}{
		{"random", func(int) uint32 { return r.Uint32() }},
		{"few", func(int) uint32 { return r.Uint32N(7) << 13 }},
		{"one", func(int) uint32 { return 5 }},
		{"ends", func(int) uint32 { return r.Uint32() & 0x80000001 }},
		{"falling", func(i int) uint32 { return ^uint32(i) }},
	} {
		// Around every size at which the way changes.
		for _, n := range []int{0, 1, 2, fromRadix - 1, fromRadix, fromWide - 1, fromWide, fromParts - 1, fromParts, fromParts + 3} {
			x := make([]uint64, n)
			for i := range x {
				x[i] = word(keys.f(i), i)
			}
			want := slices.Clone(x)
			slices.Sort(want)
			for _, procs := range []int{1, 3} {
				runtime.GOMAXPROCS(procs)
				if got := Sort(slices.Clone(x), make([]uint64, n)); !slices.Equal(got, want) {
					t.Errorf("%s: %d words on %d threads are not in order", keys.name, n, procs)
				}
			}
		}
	}
}

func BenchmarkSort(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{256, 384, 1 << 10, 1 << 13, 1 << 16, 1 << 20} {
		x := make([]uint64, n)
		for i := range x {
			x[i] = word(r.Uint32(), i)
		}
		for _, way := range []struct {
			name string
			f    func(x, room []uint64)
		}{{"radix", func(x, room []uint64) { Sort(x, room) }}, {"compare", func(x, _ []uint64) { slices.Sort(x) }}} {
			b.Run(fmt.Sprint(way.name, "/", n), func(b *testing.B) {
				y, room := make([]uint64, n), make([]uint64, n)
				for b.Loop() {
					copy(y, x)
					way.f(y, room)
				}
			})
		}
	}
}
