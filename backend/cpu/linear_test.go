package cpu_test

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/backend/cpu/internal/isa"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// TestEpilogue: an activation within a product has the bits of one after it, in
// every way that a product goes: small, thin, blocked, on several threads.
func TestEpilogue(t *testing.T) {
	d, r := open(t), op.NewRand(9)
	defer isa.Set(isa.Active())
	for _, tier := range isa.Tiers() {
		if err := isa.Set(tier); err != nil {
			t.Fatal(err)
		}
		for _, k := range []dtype.DType{dtype.Float32, dtype.Float64, dtype.Float16, dtype.BFloat16} {
			for _, s := range [][3]int{{3, 40, 5}, {1, 600, 90}, {300, 2, 90}, {130, 520, 70}, {40, 700, 600}} {
				in := []*op.Array{r.Floats(k, -1, 1, s[0], s[2]), r.Floats(k, -1, 1, s[1], s[2]), r.Floats(k, -1, 1, s[1])}
				in[0].Data[0] = math.Inf(1)
				plain := prepare(t, d, op.Linear, in, nil, contiguous, contiguous)
				if err := d.Run(plain); err != nil {
					t.Fatal(err)
				}
				sums, err := take(t, d, plain.Out[0])
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range []op.Epilogue{op.EpilogueReLU, op.EpilogueGELU, op.EpilogueGELUTanh} {
					apart := prepare(t, d, e.Op(), []*op.Array{sums}, nil, contiguous, contiguous)
					fused := prepare(t, d, op.Linear, in, op.LinearAttrs{Then: e}, contiguous, contiguous)
					if err := d.Run(apart); err != nil {
						t.Fatal(err)
					}
					if err := d.Run(fused); err != nil {
						t.Fatal(err)
					}
					want, err := take(t, d, apart.Out[0])
					if err != nil {
						t.Fatal(err)
					}
					got, err := take(t, d, fused.Out[0])
					if err != nil {
						t.Fatal(err)
					}
					for i, x := range want.Data {
						if math.Float64bits(got.Data[i]) != math.Float64bits(x) && !(x != x && got.Data[i] != got.Data[i]) {
							t.Fatalf("%v %v %v, %v: element %d is %v, apart %v", tier, k, s, e, i, got.Data[i], x)
						}
					}
				}
			}
		}
	}
}
