package vulkan

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// wideLine is how many elements there are: of float32s 2.5 MiB, of which kernels see 1.
const wideLine = 5 << 17

// wideLines holds what the ops along one wide line are given, on a device.
type wideLines struct {
	dev                   backend.Device
	numbers, coarse, gaps []float32
	random, few           []int64
}

func newWideLines() *wideLines {
	l := &wideLines{}
	for i := range wideLine {
		x := math.Sin(float64(i) * float64(i))
		l.numbers = append(l.numbers, float32(x))
		l.coarse = append(l.coarse, float32(math.Round(50*x))) // many ties, both zeros
		l.random = append(l.random, int64(i)*7919*7919%wideLine)
		l.few = append(l.few, int64(i)*7919%1000)
	}
	l.gaps = append(l.gaps, l.coarse...)
	for _, i := range []int{wideLine/2 + 3, wideLine/2 + 9, wideLine - 2} {
		l.gaps[i] = float32(math.NaN())
	}
	return l
}

func (l *wideLines) x(s ...int) *tensor.Tensor    { return tensor.From(l.dev, l.numbers, s...) }
func (l *wideLines) ties(s ...int) *tensor.Tensor { return tensor.From(l.dev, l.coarse, s...) }
func (l *wideLines) nans(s ...int) *tensor.Tensor { return tensor.From(l.dev, l.gaps, s...) }
func (l *wideLines) at(n int) *tensor.Tensor      { return tensor.From(l.dev, l.random[:n], n) }
func (l *wideLines) ints(s ...int) *tensor.Tensor { return tensor.From(l.dev, l.few, s...) }

// below returns some indices less than m.
func (l *wideLines) below(m, count int) *tensor.Tensor {
	return l.ints(wideLine).Narrow(0, 0, count).Remainder(tensor.Full(l.dev, dtype.Int64, float64(m)))
}

// TestWideLines: ops along one line that is wider than what kernels see give what
// the CPU gives: the same bits, where there is but one right answer. By the kernels
// that CPUs get, and by those of GPUs.
func TestWideLines(t *testing.T) {
	kinds := []string{"small,groups=100x100x100", "small,groups=100x100x100,kernels=gpu"}
	if testing.Short() {
		kinds = kinds[:1]
	}
	for _, limits := range kinds {
		t.Run(limits, func(t *testing.T) {
			t.Setenv("HEKLA_VULKAN_LIMITS", limits)
			d := first(t, func(*device) {})
			l, reference := newWideLines(), newWideLines()
			l.dev, reference.dev = d, tensor.CPU()
			for _, c := range lineCases() {
				t.Run(c.name, func(t *testing.T) {
					var got []*tensor.Tensor
					if err := tensor.Try(func() error { got = c.f(l); return nil }); err != nil {
						t.Fatal(err)
					}
					for k, want := range c.f(reference) {
						compareWide(t, k, got[k].Float64s(), want.Float64s(), c.within)
					}
				})
			}
		})
	}
}

func compareWide(t *testing.T, k int, got, want []float64, within float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("output %d has %d elements, want %d", k, len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		if g != g && w != w || math.Float64bits(g) == math.Float64bits(w) || within > 0 && math.Abs(g-w) <= within {
			continue
		}
		t.Fatalf("output %d, element %d is %v, want %v", k, i, g, w)
	}
}
