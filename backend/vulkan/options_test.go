package vulkan

import (
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
)

func TestOptions(t *testing.T) {
	big := vkshim.Limits{Groups: [3]int64{65535, 65535, 65535}, StorageRange: 1 << 30, SharedBytes: 32 << 10, Subgroup: 32, SubgroupOps: vkshim.SubgroupBasic | vkshim.SubgroupArithmetic}
	apply := func(s string) (options, vkshim.Limits) {
		t.Helper()
		t.Setenv("HEKLA_VULKAN_LIMITS", s)
		o, err := readOptions()
		if err != nil {
			t.Fatal(err)
		}
		l := big
		for _, f := range o.limits {
			f(&l)
		}
		return o, l
	}
	if o, l := apply(""); o.limited || o.staging || l != big {
		t.Errorf("nothing asked for, and %+v, %+v", o, l)
	}
	o, l := apply("small, timeline=off ,memory=64MiB")
	if !o.limited || !o.staging || !o.fences || o.memory != 64<<20 {
		t.Errorf("%+v", o)
	}
	if want := (vkshim.Limits{Groups: [3]int64{7, 7, 7}, StorageRange: 1 << 20, SharedBytes: 8 << 10}); l != want {
		t.Errorf("%+v, want %+v", l, want)
	}
	if _, l := apply("range=8GiB,groups=99999x1x70000"); l.StorageRange != big.StorageRange || l.Groups != [3]int64{65535, 1, 65535} {
		t.Errorf("limits above the device's own: %+v", l)
	}
	if o, _ := apply("int64=off,float64=off"); !o.limited || !o.no64.ints || !o.no64.floats {
		t.Errorf("%+v", o)
	}
	for _, bad := range []string{"int64=no", "groups=7x7", "groups=0x1x1", "range=1XB", "range=", "staging=maybe", "grid=1x1x1", "smal"} {
		t.Setenv("HEKLA_VULKAN_LIMITS", bad)
		if _, err := readOptions(); err == nil || !strings.Contains(err.Error(), "want") {
			t.Errorf("HEKLA_VULKAN_LIMITS=%s: %v", bad, err)
		}
	}
}

func FuzzOptions(f *testing.F) {
	f.Add("small")
	f.Add("groups=7x7x7,range=1MiB")
	f.Fuzz(func(t *testing.T, s string) {
		var o options
		l := vkshim.Limits{Groups: [3]int64{9, 9, 9}, StorageRange: 1 << 30, SharedBytes: 1 << 15}
		if o.limit(s) != nil {
			return
		}
		for _, f := range o.limits {
			f(&l)
		}
		if min(l.Groups[0], l.Groups[1], l.Groups[2], l.StorageRange, int64(l.SharedBytes)) < 1 || o.memory < 0 {
			t.Errorf("%q: %+v, %+v", s, o, l)
		}
	})
}
