package vulkan

import (
	"os"
	"regexp"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/conformance"
)

// TestLimits runs part of the table on a device that pretends to be small: grids
// must be split, all transfers go by staging buffers, and int64 is emulated. HEKLA_DRAW and HEKLA_CASES
// select from the whole of it; make conformance runs all.
func TestLimits(t *testing.T) {
	p := limited(t, "small,groups=2x2x1,timeline=off,int64=off")
	oneIn := 4
	if testing.Short() {
		oneIn = 32
	}
	o, err := conformance.FromEnv(conformance.Options{Skip: LeftOut(t, p), OneIn: oneIn})
	if err != nil {
		t.Fatal(err)
	}
	if o.Run == nil && os.Getenv("HEKLA_DRAW") == "" {
		o.Run = regexp.MustCompile(`^(add|exp|sum|mean|matmul|gather|scatteradd|concat|cast)/`)
	}
	conformance.Run(t, p, o)
}

// TestNarrowSight runs some of the table on a device whose kernels see 1 KiB and bind
// ten buffers: almost all is cut, and none of it computed wrong.
func TestNarrowSight(t *testing.T) {
	p := limited(t, "range=1KiB,buffers=10")
	o := conformance.Options{Skip: LeftOut(t, p), OneIn: 200}
	if testing.Short() {
		o.OneIn = 1000
	}
	conformance.Run(t, p, o)
}

// TestGPUKernels runs some of the table by the kernels that GPUs get, with tiles of
// their sizes: of products in all ways that operands lie, rows shared by many
// invocations, lines scanned in blocks. HEKLA_CASES and HEKLA_DRAW select others.
func TestGPUKernels(t *testing.T) {
	p := limited(t, "kernels=gpu")
	o := conformance.Options{Skip: LeftOut(t, p), OneIn: 150}
	if testing.Short() {
		o.OneIn = 500
	}
	o, err := conformance.FromEnv(o)
	if err != nil {
		t.Fatal(err)
	}
	conformance.Run(t, p, o)
}

// limited opens the first device with limits.
func limited(t *testing.T, limits string) backend.Device {
	t.Helper()
	list, skipped := find()
	if len(list) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal(skipped)
		}
		t.Skip(skipped)
	}
	t.Setenv("HEKLA_VULKAN_LIMITS", limits)
	d, err := open(&list[0])
	if err != nil {
		t.Fatal(err)
	}
	p := backend.Pool(d)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func TestGrid(t *testing.T) {
	d := &device{}
	d.limits.Groups = [3]int64{7, 7, 7}
	for n := int64(1); n < 1000; n++ {
		x, y, z := d.grid(n)
		if x < 1 || y < 1 || z < 1 || x > 7 || y > 7 || z > 7 || x*y*z < n && x*y*z != 343 {
			t.Fatalf("%d groups: %d x %d x %d", n, x, y, z)
		}
	}
}

func TestConflict(t *testing.T) {
	read, write := access{1, 0, 8, false}, access{1, 4, 12, true}
	for _, c := range []struct {
		a, b access
		want bool
	}{
		{read, read, false}, {read, write, true}, {write, read, true}, {write, access{1, 12, 16, true}, false}, {write, access{2, 4, 12, true}, false},
	} {
		if conflict([]access{c.a}, []access{c.b}) != c.want {
			t.Errorf("%v, %v: want %t", c.a, c.b, c.want)
		}
	}
}
