package vulkan

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/conformance"
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
			conformance.Run(t, d, conformance.Options{Short: true, Skip: LeftOut(t, d), Run: regexp.MustCompile(`^(matmul|conv|convtranspose|convweight)/`)})
		})
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
