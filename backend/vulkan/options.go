package vulkan

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
)

// options are how a device is used otherwise than it could be, for tests.
type options struct {
	staging bool // transfers always by staging buffers
	fences  bool // no timeline semaphores
	limited bool
	gpu     bool // kernels for GPUs
	limits  []func(*vkshim.Limits)
	memory  int64 // bytes, if not 0
	no64    struct{ floats, ints bool }
}

// small is a device about as small as Vulkan allows, and smaller.
const small = "groups=7x7x7,range=1MiB,shared=8KiB,subgroups=off,staging=on"

// readOptions reads the environment; see the package's documentation.
func readOptions() (o options, err error) {
	o.staging = os.Getenv("HEKLA_VULKAN_STAGING") == "1"
	s := os.Getenv("HEKLA_VULKAN_LIMITS")
	for _, part := range strings.Split(strings.ReplaceAll(s, "small", small), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if err := o.limit(part); err != nil {
			return o, fmt.Errorf("vulkan: HEKLA_VULKAN_LIMITS=%q: %w", s, err)
		}
	}
	return o, nil
}

func (o *options) limit(part string) error {
	name, value, _ := strings.Cut(part, "=")
	o.limited = true
	set := func(f func(*vkshim.Limits)) { o.limits = append(o.limits, f) }
	switch name {
	case "groups":
		var g [3]int64
		if n, err := fmt.Sscanf(value, "%dx%dx%d", &g[0], &g[1], &g[2]); n != 3 || err != nil || min(g[0], g[1], g[2]) < 1 {
			return fmt.Errorf("%s: want three numbers such as 7x7x7", part)
		}
		set(func(l *vkshim.Limits) {
			for i := range g {
				l.Groups[i] = min(l.Groups[i], g[i])
			}
		})
	case "kernels":
		if value != "gpu" {
			return fmt.Errorf("%s: want kernels=gpu", part)
		}
		o.gpu = true
	case "buffers":
		n, err := strconv.Atoi(value)
		if err != nil || n < 4 {
			return fmt.Errorf("%s: want a number such as 16", part)
		}
		set(func(l *vkshim.Limits) { l.Buffers = min(l.Buffers, n) })
	case "range", "shared", "memory":
		n, err := parseBytes(value)
		if err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
		switch name {
		case "range":
			set(func(l *vkshim.Limits) { l.StorageRange = min(l.StorageRange, n) })
		case "shared":
			set(func(l *vkshim.Limits) { l.SharedBytes = min(l.SharedBytes, int(n)) })
		default:
			o.memory = n
		}
	case "subgroups", "staging", "timeline", "int64", "float64":
		if value != "on" && value != "off" {
			return fmt.Errorf("%s: want on or off", part)
		}
		switch on := value == "on"; name {
		case "subgroups":
			if !on {
				set(func(l *vkshim.Limits) { l.Subgroup, l.SubgroupOps = 0, 0 })
			}
		case "staging":
			o.staging = on
		case "int64":
			o.no64.ints = !on
		case "float64":
			o.no64.floats = !on
		default:
			o.fences = !on
		}
	default:
		return fmt.Errorf("%q: want groups, buffers, range, shared, memory, subgroups, staging, timeline, int64, float64, kernels or small", name)
	}
	return nil
}

// parseBytes reads a number of bytes such as 4096, 8KiB, 1MiB or 2GiB.
func parseBytes(s string) (int64, error) {
	for i, unit := range []string{"KiB", "MiB", "GiB"} {
		if n, ok := strings.CutSuffix(s, unit); ok {
			v, err := strconv.ParseInt(n, 10, 33)
			if err != nil || v < 1 {
				return 0, fmt.Errorf("want a number of bytes such as 8KiB, got %q", s)
			}
			return v << (10 * (i + 1)), nil
		}
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v < 1 {
		return 0, fmt.Errorf("want a number of bytes such as 8KiB, got %q", s)
	}
	return v, nil
}
