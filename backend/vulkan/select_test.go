package vulkan

import (
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
)

// gpuOf returns a device that can be used, at a place of the bus.
func gpuOf(name string, kind int, driver uint32, pci string) vkshim.Physical {
	return vkshim.Physical{
		Name: name, DriverName: name + "'s driver", Kind: kind, DriverID: driver, PCI: pci, Compute: true, API: 1<<22 | 3<<12,
		Limits: vkshim.Limits{PushBytes: 128, Buffers: 30, Invocations: 256, StorageRange: 128 << 20, StorageAlignment: 256},
	}
}

func TestChoose(t *testing.T) {
	old := gpuOf("old", vkshim.Discrete, 1, "0000:09:00.0")
	old.API = 1 << 22
	drawing := gpuOf("drawing", vkshim.Discrete, 1, "0000:0a:00.0")
	drawing.Compute = false
	uuid := gpuOf("mobile", vkshim.Integrated, 18, "")
	uuid.UUID = [16]byte{1}
	again := uuid
	again.DriverID, again.Name = 23, "mobile by way of another API"
	list, skipped := choose([]vkshim.Physical{
		gpuOf("llvmpipe", vkshim.CPU, 13, ""),
		gpuOf("780M", vkshim.Integrated, 2, "0000:04:00.0"),
		gpuOf("Radeon, AMDVLK", vkshim.Discrete, 2, "0000:01:00.0"),
		gpuOf("Radeon, RADV", vkshim.Discrete, 3, "0000:01:00.0"),
		gpuOf("Radeon, RADV", vkshim.Discrete, 3, "0000:02:00.0"),
		again, uuid, old, drawing,
	})
	var got []string
	for _, f := range list {
		got = append(got, f.info.Name+" "+f.info.Model+" "+f.info.Kind.String())
	}
	want := []string{
		"vulkan:0 Radeon, RADV discrete GPU", // the better of its two drivers
		"vulkan:1 Radeon, RADV discrete GPU", // a second one of the same model
		"vulkan:2 780M integrated GPU",       // after the discrete ones
		"vulkan:3 mobile integrated GPU",     // known by its UUID for want of a place
		"vulkan:4 llvmpipe software",         // last
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("devices:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var reasons []string
	for _, s := range skipped {
		reasons = append(reasons, s.Reason)
	}
	for _, want := range []string{"old: it has Vulkan 1.0.0", "drawing: it has no queue for compute", "AMDVLK through Radeon, AMDVLK's driver: it is vulkan:0", "by way of another API through mobile's driver: it is vulkan:3"} {
		if !strings.Contains(strings.Join(reasons, "\n"), want) {
			t.Errorf("skipped:\n%s\nwant one with %q", strings.Join(reasons, "\n"), want)
		}
	}
	if len(skipped) != 4 {
		t.Errorf("%d are skipped, want 4", len(skipped))
	}
	if list[4].info.Kind != backend.Software {
		t.Error("llvmpipe is no software driver")
	}
}
