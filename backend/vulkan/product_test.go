package vulkan

import (
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// first opens the first device with other settings, or skips the test.
func first(t testing.TB, change func(d *device)) backend.Device {
	t.Helper()
	list, skipped := find()
	if len(list) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal(skipped)
		}
		t.Skip(skipped)
	}
	d, err := open(&list[0])
	if err != nil {
		t.Fatal(err)
	}
	change(d)
	p := backend.Pool(d)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// TestFamilies checks products by the kernels that other devices use: those of
// tiles with small ones, since Mesa's software driver writes loops out for a
// minute.
func TestFamilies(t *testing.T) {
	sizes := tileSizes
	defer func() { tileSizes = sizes }()
	tileSizes = slices.Clone(sizes[:1])
	tileSizes[0].TileSize, tileSizes[0].skinny = kernel.TileSize{Rows: 8, Columns: 16, Deep: 4, High: 2, Wide: 4}, false
	for name, f := range map[string]family{"plain": plainFamily, "tile": tileFamily} {
		t.Run(name, func(t *testing.T) {
			d := first(t, func(d *device) { d.family = f })
			o := conformance.Options{Short: true, Skip: LeftOut(t, d), Run: regexp.MustCompile(`^(matmul|linear|conv|convtranspose|convweight)/`)}
			if testing.Short() {
				o.OneIn = 32
			}
			conformance.Run(t, d, o)
		})
	}
}

// TestCooperative checks products of 16-bit floats by cooperative matrices, which no
// stable driver that runs on a processor has.
func TestCooperative(t *testing.T) {
	sizes := cooperativeSizes
	defer func() { cooperativeSizes = sizes }()
	cooperativeSizes = [][5]int{{16, 32, 16, 1, 2}, {32, 16, 16, 2, 1}} // see TestFamilies
	var own *device
	d := first(t, func(d *device) { d.family, own = tileFamily, d })
	if own.physical.Fragment.M == 0 && own.physical.WideFragment.M == 0 {
		t.Skip("the driver has no cooperative matrices of float16 or bfloat16")
	}
	for _, of := range []dtype.DType{dtype.Float16, dtype.BFloat16} {
		t.Logf("fragments of %v: %+v", of, own.fragment(of))
		if own.fragment(of).M == 0 {
			continue
		}
		own.mu.Lock()
		err := own.tryCooperation(of)
		own.mu.Unlock()
		if err != nil {
			t.Fatal(of, err)
		}
	}
	conformance.Run(t, d, conformance.Options{Skip: LeftOut(t, d), Run: regexp.MustCompile(`^(matmul|bmm|linear|conv|convtranspose|convweight)/.*float16`)})
}

// TestTileSizes multiplies small whole numbers, of which sums are exact, by tiles of
// each size that GPUs get, some of which reach over the edges.
func TestTileSizes(t *testing.T) {
	t.Setenv("HEKLA_VULKAN_LIMITS", "kernels=gpu")
	d := first(t, func(*device) {})
	sizes := tileSizes
	defer func() { tileSizes = sizes }()
	const m, n, places = 136, 200, 72
	numbers := func(dev backend.Device, rows, columns int) *tensor.Tensor {
		l := make([]float32, rows*columns)
		for i := range l {
			l[i] = float32(i*7%11 - 5)
		}
		return tensor.From(dev, l, rows, columns)
	}
	on := func(dev backend.Device) []float64 {
		x, y := numbers(dev, m, places), numbers(dev, n, places)
		return x.MatMul(y.Transpose(0, 1)).Float64s()
	}
	want := on(tensor.CPU())
	for i := range sizes {
		tileSizes = slices.Clone(sizes[i : i+1])
		tileSizes[0].skinny = false
		if !slices.Equal(on(d), want) {
			t.Errorf("tiles of %+v multiply wrong", sizes[i].TileSize)
		}
	}
}

// TestCooperativeSizes multiplies by tiles of the sizes that GPUs get.
func TestCooperativeSizes(t *testing.T) {
	var own *device
	first(t, func(d *device) { d.family, own = tileFamily, d })
	sizes := cooperativeSizes
	defer func() { cooperativeSizes = sizes }()
	for _, of := range []dtype.DType{dtype.Float16, dtype.BFloat16} {
		for i := range sizes {
			cooperativeSizes = sizes[i : i+1]
			if _, ok := own.cooperativeTile(of, 0); !ok {
				t.Logf("%v: %v does not fit the device", of, sizes[i])
				continue
			}
			start := time.Now()
			own.mu.Lock()
			err := own.tryCooperation(of)
			own.mu.Unlock()
			t.Logf("%v: %v in %v", of, sizes[i], time.Since(start).Round(time.Millisecond))
			if err != nil {
				t.Error(of, err)
			}
		}
	}
}

// TestTileSize checks that tiles divide among invocations, and that one fits
// the smallest device.
func TestTileSize(t *testing.T) {
	for _, s := range tileSizes {
		if g := s.Group(); s.Rows%s.High != 0 || s.Columns%s.Wide != 0 || s.Rows*s.Deep%g != 0 || s.Columns*s.Deep%g != 0 || g > 256 || s.Shared() > 32<<10 {
			t.Errorf("%+v: %d invocations, %d bytes", s, g, s.Shared())
		}
	}
	small := &device{}
	small.limits.Invocations, small.limits.SharedBytes = 128, 8<<10
	for _, c := range []struct{ m, n, rows, columns int }{{1, 1, 32, 32}, {1000, 1000, 32, 32}, {4, 4000, 32, 32}} {
		if s, err := small.tileSize(c.m, c.n, 1); err != nil || s.Rows != c.rows || s.Columns != c.columns {
			t.Errorf("small device, %d x %d: %+v, %v", c.m, c.n, s, err)
		}
	}
	large := &device{}
	large.limits.Invocations, large.limits.SharedBytes = 1024, 48<<10
	for _, c := range []struct{ m, n, rows, columns int }{{4, 4000, 16, 128}, {4000, 10, 128, 16}, {4096, 4096, 128, 128}, {1024, 1024, 64, 64}, {64, 64, 32, 32}, {10, 10, 32, 32}} {
		if s, err := large.tileSize(c.m, c.n, 1); err != nil || s.Rows != c.rows || s.Columns != c.columns {
			t.Errorf("large device, %d x %d: %+v, %v", c.m, c.n, s, err)
		}
	}
}

// TestProductLayouts multiplies small whole numbers, of which sums are exact,
// as they lie in memory in several ways.
func TestProductLayouts(t *testing.T) {
	d := first(t, func(*device) {})
	for _, c := range []struct {
		name               string
		batch, m, k, n     int
		xTurned, yTurned   bool
		xSkipped, ySkipped int // first rows left out of a larger matrix
	}{
		{name: "rows by columns", batch: 1, m: 20, k: 12, n: 36},
		{name: "sum split in parts", batch: 1, m: 4, k: 1024, n: 8},
		{name: "batch", batch: 3, m: 17, k: 40, n: 64},
		{name: "left turned", batch: 1, m: 20, k: 12, n: 36, xTurned: true},
		{name: "right turned", batch: 2, m: 20, k: 12, n: 36, yTurned: true},
		{name: "both turned, odd sizes", batch: 1, m: 19, k: 13, n: 35, xTurned: true, yTurned: true},
		{name: "sizes of one", batch: 1, m: 1, k: 8, n: 1},
		{name: "not from the start", batch: 1, m: 20, k: 12, n: 36, xSkipped: 1, ySkipped: 3},
		{name: "start between fours", batch: 1, m: 20, k: 14, n: 34, xSkipped: 1, ySkipped: 1},
	} {
		product := func(dev backend.Device) []float64 {
			side := func(rows, columns, skipped int, turned bool) *tensor.Tensor {
				if turned {
					rows, columns = columns, rows
				}
				l := make([]float32, c.batch*(rows+skipped)*columns)
				for i := range l {
					l[i] = float32(i*7%11 - 5)
				}
				x := tensor.From(dev, l, c.batch, rows+skipped, columns).Slice(1, skipped, rows+skipped)
				if turned {
					x = x.Transpose(1, 2)
				}
				return x
			}
			return side(c.m, c.k, c.xSkipped, c.xTurned).MatMul(side(c.k, c.n, c.ySkipped, c.yTurned)).Float64s()
		}
		if got, want := product(d), product(tensor.CPU()); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}
}
