//go:build linux && (amd64 || arm64)

package cuda

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestSegments adds rows where some indices are rare, one fills several chunks and
// one most of a chunk's end, and compares with sums in order.
func TestSegments(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	const l, size, rest = 700, 50, 3
	index := make([]int64, l)
	for i := range index {
		switch {
		case i%3 == 0:
			index[i] = 7
		case i < 40:
			index[i] = 49
		default:
			index[i] = int64(i*i+i/7) % size
		}
	}
	for _, d := range []dtype.DType{dtype.Float32, dtype.BFloat16, dtype.Float64} {
		x, src := sequence(dev, d, 5, size, rest), sequence(dev, d, 31, l, rest)
		at := tensor.From(dev, index, l)
		y := tensor.Apply(dev, op.IndexAdd, op.IndexAttrs{Scale: 1}, x, at, src)[0].Float64s()
		want, v := x.Float64s(), src.Float64s()
		for i, k := range index {
			for c := range rest {
				want[int(k)*rest+c] += v[i*rest+c]
			}
		}
		for i, w := range want {
			// All are small integers, of which sums are exact; bfloat16 rounds them.
			if d == dtype.BFloat16 {
				w = float64(dtype.ToBF16(float32(w)).Float32())
			}
			if y[i] != w {
				t.Fatalf("%v: element %d is %v, want %v", d, i, y[i], w)
			}
		}
	}
	if !slices.ContainsFunc(writtenNames(dev), func(s string) bool { return strings.HasPrefix(s, "joined") }) {
		t.Error("the rows were not sorted")
	}
	index[699] = size
	bad := tensor.Apply(dev, op.IndexAdd, op.IndexAttrs{Scale: 1}, sequence(dev, dtype.Float32, 5, size, rest), tensor.From(dev, index, l), sequence(dev, dtype.Float32, 5, l, rest))[0]
	if err := tensor.Try(func() error { bad.Float64s(); return nil }); err == nil || !strings.Contains(err.Error(), "index 50 is out of range") {
		t.Errorf("an index as large as its axis: %v, want an error that names it", err)
	}
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}

func writtenNames(dev backend.Device) (names []string) {
	for k := range dev.(*device).kernels.written {
		names = append(names, k.name)
	}
	return names
}

// TestSortLong sorts lines of several tiles, of keys of all sizes, with ties, and
// compares with a stable sort.
func TestSortLong(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	for _, d := range []dtype.DType{dtype.Float32, dtype.Float16, dtype.Float64, dtype.Int64, dtype.Int16, dtype.Uint8} {
		for _, descending := range []bool{false, true} {
			const n = 4500
			x := make([]float64, 2*n)
			for i := range x {
				x[i] = float64((i*7919+i*i)%1511 - 700)
				if d == dtype.Uint8 {
					x[i] = math.Mod(x[i]+700, 200)
				}
			}
			y := tensor.Apply(dev, op.Sort, op.SortAttrs{Axis: 1, Descending: descending}, tensor.From(dev, x, 2, n).To(d))
			values, index := y[0].Float64s(), tensor.Data[int64](y[1])
			for line := range 2 {
				own := x[line*n : line*n+n]
				order := make([]int, n)
				for i := range order {
					order[i] = i
				}
				slices.SortStableFunc(order, func(i, j int) int {
					if descending {
						i, j = j, i
					}
					switch {
					case own[i] < own[j]:
						return -1
					case own[i] > own[j]:
						return 1
					}
					return 0
				})
				for i, at := range order {
					if values[line*n+i] != own[at] || index[line*n+i] != int64(at) {
						t.Fatalf("%v, descending %v: place %d of line %d has %v from %d, want %v from %d", d, descending, i, line, values[line*n+i], index[line*n+i], own[at], at)
					}
				}
			}
		}
	}
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}
