package conv

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/backend/cpu/internal/isa"
)

// linesOf are geometries whose lines are as long as a register or half of one, of either type, with weights that are
// packed, and planes so small that products do.
func linesOf() []*Geometry {
	var l []*Geometry
	for _, width := range []int{4, 8, 16} {
		for _, height := range []int{5, 16} { // tiles reach over the end of the one
			for _, s := range []int{1, 2} {
				l = append(l, &Geometry{N: 7, Groups: 1 + width%3, CI: 3, CO: 6 + width + height, X: [3]int{1, height * s, width * s}, K: [3]int{1, 3, 3}, Y: [3]int{1, height, width},
					Stride: [3]int{1, s, s}, Dilation: [3]int{1, 1, 1}, Pad: [3]int{0, 1, 1}})
			}
		}
	}
	// The weights' gradient by products: several chunks of images, lines that are no multiple of a vector, taps beside
	// the images.
	return append(l, square(6, 33, 17, 16, 3, 1), square(3, 16, 20, 7, 3, 1), square(2, 20, 16, 2, 3, 1), square(40, 24, 16, 5, 2, 0))
}

func TestLines(t *testing.T) {
	onTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(9, 10))
		for _, g := range linesOf() {
			verify[float32](t, r, g)
			verify[float64](t, r, g)
		}
	})
}

// TestLinesBits compares the tiers with vectors bit by bit: the order of sums does not depend on the layout.
func TestLinesBits(t *testing.T) {
	defer isa.Set(isa.Active())
	for _, g := range linesOf() {
		var first [][]float32
		for _, tier := range isa.Tiers() {
			if tier == isa.Portable {
				continue // rounds products
			}
			if err := isa.Set(tier); err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(11, 12))
			x := random[float32](r, g.N*g.Groups*g.CI*volume(g.X))
			w := random[float32](r, g.Groups*g.CO*g.CI*volume(g.K))
			y := random[float32](r, g.N*g.Groups*g.CO*volume(g.Y))
			got := [][]float32{make([]float32, len(y)), make([]float32, len(x)), make([]float32, len(w))}
			Forward(g, x, w, got[0])
			Input(g, y, w, got[1])
			Weight(g, x, y, got[2])
			if first == nil {
				first = got
				continue
			}
			for i, want := range first {
				if !columnedWeight(g) && i == 2 {
					continue // dot products are of as many lanes as a register has
				}
				if !slices.Equal(got[i], want) {
					t.Errorf("%+v: result %d on %v differs from that on %v", *g, i, tier, isa.Tiers()[0])
				}
			}
		}
	}
}
