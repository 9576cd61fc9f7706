package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// Offsets beyond 2³¹ and 2³² bytes and elements are where counters of 32 bits
// end. Tensors of that size have no reference in float64: their elements repeat
// with a period that divides no power of two, and what results is checked at the
// places in question, and by sums.

const (
	gib    = 1 << 30
	period = 251 // prime, and its numbers fit a byte
	// Rows of a period each: beyond 2³² elements.
	largeRows = 1<<32/period + 2
	// Rows of float32s: beyond 2³² bytes.
	largeFloats = gib/period + 2
)

// A largeCase needs some memory for its tensors at a time.
type largeCase struct {
	name string
	op   *op.Op
	gib  int64
	run  func(dev backend.Device, s *tensor.Arena) error
}

// CheckLarge checks tensors of more than 4 GiB, as far as budget bytes of memory
// allow; what needs more is skipped with the reason, and what the device refuses
// counts as unsupported.
func CheckLarge(ctx context.Context, dev backend.Device, budget int64) *Report {
	start := time.Now()
	r := newReport(dev, Options{}, 0)
	for _, c := range largeCases {
		if ctx.Err() != nil {
			break
		}
		t := testCase{name: "large/" + c.name, op: c.op, kind: refused} // which has no cell in the matrix
		if c.gib*gib > budget {
			r.note(t, deviation{}, &skipped{fmt.Sprintf("%s needs %d GiB, the budget is %.1f", c.name, c.gib, float64(budget)/gib)})
			continue
		}
		err := tensor.Try(func() (err error) {
			tensor.Scope(func(s *tensor.Arena) { err = c.run(dev, s) })
			return err
		})
		if errors.Is(err, backend.ErrOutOfMemory) {
			err = &skipped{fmt.Sprintf("%s: %v", c.name, err)}
		}
		r.note(t, deviation{}, err)
		if trim, ok := backend.As[backend.Trimmer](dev); ok {
			trim.Trim()
		}
	}
	r.finish(time.Since(start))
	return r
}

// pattern returns rows of a period, [rows, period], of type d.
func pattern(dev backend.Device, s *tensor.Arena, d dtype.DType, rows int) *tensor.Tensor {
	row := s.Own(tensor.Arange(dev, dtype.Int64, 0, period, 1)).To(d)
	return row.Expand(rows, period).Contiguous()
}

// places are rows on either side of 2³¹ and 2³² elements and bytes, and the ends.
func places(rows int) []int {
	var l []int
	for _, at := range []int{0, 1 << 29, 1 << 30, 1 << 31, 1 << 32} {
		for _, r := range []int{at/period - 1, at / period, at/period + 1} {
			if r >= 0 && r < rows {
				l = append(l, r)
			}
		}
	}
	return append(l, rows-1)
}

// rowsAre checks rows of t at the places: element k must be f(k).
func rowsAre(t *tensor.Tensor, f func(k int) float64) error {
	for _, r := range places(t.Dim(0)) {
		for k, x := range t.Select(0, r).Float64s() {
			if x != f(k) {
				return fmt.Errorf("element [%d %d] is %v, want %v", r, k, x, f(k))
			}
		}
	}
	return nil
}

func is(what string, got, want float64) error {
	if got != want {
		return fmt.Errorf("%s is %v, want %v", what, got, want)
	}
	return nil
}

var largeCases = []largeCase{
	{"copy and sum of bytes", op.Sum, 5, func(dev backend.Device, s *tensor.Arena) error {
		x := pattern(dev, s, dtype.Uint8, largeRows)
		err := rowsAre(x, func(k int) float64 { return float64(k) })
		return errors.Join(err, is("the sum", x.Sum().Item(), largeRows*(period*(period-1)/2)))
	}},
	{"elementwise on bytes", op.Add.Scalar(), 9, func(dev backend.Device, s *tensor.Arena) error {
		return rowsAre(pattern(dev, s, dtype.Uint8, largeRows).AddScalar(3), func(k int) float64 { return float64(k + 3) })
	}},
	{"rows and columns of bytes", op.IndexSelect, 5, func(dev backend.Device, s *tensor.Arena) error {
		x := pattern(dev, s, dtype.Uint8, largeRows)
		x.Select(0, largeRows-1).Fill(7) // a write beyond 2³²
		rows := s.Own(tensor.From(dev, []int64{largeRows - 1, 0, largeRows - 2}))
		y := x.IndexSelect(0, rows)
		return errors.Join(is("a row beyond", y.Select(0, 0).Sum().Item(), 7*period),
			is("the first row", y.Select(0, 1).Sum().Item(), period*(period-1)/2),
			is("the row before the last", y.Select(0, 2).Sum().Item(), period*(period-1)/2),
			is("a column", x.Select(1, 5).Sum().Item(), 5*(largeRows-1)+7))
	}},
	{"flip of bytes", op.Flip, 9, func(dev backend.Device, s *tensor.Arena) error {
		x := pattern(dev, s, dtype.Uint8, largeRows)
		x.Select(0, 0).Fill(9)
		y := x.Flip(0, 1)
		return errors.Join(is("the last row", y.Select(0, largeRows-1).Sum().Item(), 9*period),
			is("the first element", y.Select(0, 0).Select(0, 0).Item(), period-1))
	}},
	{"float32 forwards and backwards", op.Mul.Scalar(), 13, func(dev backend.Device, s *tensor.Arena) error {
		x := pattern(dev, s, dtype.Float32, largeFloats).Detach().SetRequiresGrad(true)
		y := x.MulScalar(2)
		if err := rowsAre(y, func(k int) float64 { return float64(2 * k) }); err != nil {
			return err
		}
		g := s.Own(autograd.Grad([]*tensor.Tensor{y.Sum()}, []*tensor.Tensor{x})[0])
		return rowsAre(g, func(int) float64 { return 2 })
	}},
}
