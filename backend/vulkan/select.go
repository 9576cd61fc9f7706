package vulkan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
)

// choose names the devices that can be used: discrete GPUs first, so that
// vulkan:0 does not depend on the order in which the loader found the drivers,
// and hardware that several drivers see once.
func choose(physicals []vkshim.Physical) ([]found, []backend.Skipped) {
	var list []found
	var skipped []backend.Skipped
	skip := func(format string, args ...any) {
		skipped = append(skipped, backend.Skipped{Name: "vulkan", Reason: fmt.Sprintf(format, args...)})
	}
	physicals = slices.Clone(physicals)
	slices.SortStableFunc(physicals, func(a, b vkshim.Physical) int {
		return cmp.Or(-cmp.Compare(kindOf(a), kindOf(b)), cmp.Compare(rank(a), rank(b)))
	})
	for _, p := range physicals {
		if reason := unfit(p); reason != "" {
			skip("%s: %s", p.Name, reason)
			continue
		}
		if i := twin(list, p); i >= 0 {
			skip("%s through %s: it is %s through %s", p.Name, p.DriverName, list[i].info.Name, list[i].physical.DriverName)
			continue
		}
		list = append(list, found{describe(p, len(list)), p})
	}
	return list, skipped
}

func kindOf(p vkshim.Physical) backend.Kind {
	switch p.Kind {
	case vkshim.Discrete, vkshim.Virtual:
		return backend.DiscreteGPU
	case vkshim.CPU:
		return backend.Software
	}
	return backend.IntegratedGPU
}

// rank orders the drivers of one GPU: those known to compute fast and well,
// then others, then those that only pass on what they are told.
func rank(p vkshim.Physical) int {
	const (
		radv, nvidia, intel, anv = 3, 4, 5, 6 // VkDriverId
		venus, dozen             = 22, 23
	)
	switch p.DriverID {
	case radv, nvidia, intel, anv:
		return 0
	case venus, dozen:
		return 2
	}
	return 1
}

// unfit says why a device cannot be used.
func unfit(p vkshim.Physical) string {
	l := p.Limits
	switch {
	case p.API < 1<<22|1<<12:
		return fmt.Sprintf("it has Vulkan %s, want 1.1", version(p.API))
	case !p.Compute:
		return "it has no queue for compute"
	case l.PushBytes < 128 || l.Buffers < 4 || l.Invocations < 64 || l.StorageRange < 1<<20 || l.StorageAlignment > 256:
		return "its limits are below what Vulkan 1.1 asks for"
	}
	return ""
}

// twin returns which of list is the same hardware through another driver, or -1.
func twin(list []found, p vkshim.Physical) int {
	return slices.IndexFunc(list, func(f found) bool {
		q := f.physical
		if p.PCI != "" && q.PCI != "" {
			return p.PCI == q.PCI
		}
		return p.UUID != [16]byte{} && p.UUID == q.UUID && p.Vendor == q.Vendor && p.Device == q.Device
	})
}
