package vulkan

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
)

func init() { backend.Register("vulkan", driver{}) }

// driver lists the devices that the system's Vulkan loader knows.
type driver struct{}

// loader opens the loader once: drivers do not like to be unloaded.
var loader = sync.OnceValues(func() (*vkshim.Loader, error) {
	checks := os.Getenv("HEKLA_VULKAN_CHECKS")
	return vkshim.Open(vkshim.Validation{
		Layer: os.Getenv("HEKLA_VULKAN_LAYER"), Sync: strings.Contains(checks, "sync"), GPU: strings.Contains(checks, "gpu"),
	})
})

// A found device is one that can be opened.
type found struct {
	info     backend.Info
	physical vkshim.Physical
}

func (driver) List() ([]backend.Info, []backend.Skipped) {
	list, skipped := find()
	infos := make([]backend.Info, len(list))
	for i := range list {
		infos[i] = list[i].info
	}
	return infos, skipped
}

// Experimental: no GPU has run the conformance suite yet.
func (driver) Experimental() bool { return true }

func find() ([]found, []backend.Skipped) {
	l, err := loader()
	if err != nil {
		return nil, []backend.Skipped{{Name: "vulkan", Reason: err.Error()}}
	}
	physicals, err := l.Physicals()
	if err != nil {
		return nil, []backend.Skipped{{Name: "vulkan", Reason: err.Error()}}
	}
	list, skipped := choose(physicals)
	if len(physicals) == 0 {
		skipped = append(skipped, backend.Skipped{Name: "vulkan", Reason: "the Vulkan loader found no driver (Debian: apt-get install mesa-vulkan-drivers)"})
	}
	return list, skipped
}

func describe(p vkshim.Physical, number int) backend.Info {
	info := backend.Info{
		Name: fmt.Sprintf("vulkan:%d", number), Model: p.Name, Vendor: vendor(p.Vendor),
		Driver: strings.TrimSpace(fmt.Sprintf("%s %s, Vulkan %s", p.DriverName, p.DriverInfo, version(p.API))),
		Kind:   kindOf(p), Memory: p.Memory, Experimental: true,
	}
	if p.UUID != [16]byte{} {
		info.UUID = hex.EncodeToString(p.UUID[:])
	}
	info.Features = features(&p)
	return info
}

// features lists what not every device has. Without int64, kernels compute with
// pairs of words.
func features(p *vkshim.Physical) []string {
	var l []string
	if p.Float64 {
		l = append(l, "float64")
	}
	if p.Int64 {
		l = append(l, "int64")
	}
	if f := p.Fragment; f.M > 0 {
		l = append(l, fmt.Sprintf("float16 matrices %dx%dx%d", f.M, f.N, f.K))
	}
	if f := p.WideFragment; f.M > 0 {
		l = append(l, fmt.Sprintf("bfloat16 matrices %dx%dx%d", f.M, f.N, f.K))
	}
	return l
}

func version(v uint32) string { return fmt.Sprintf("%d.%d.%d", v>>22&0x7f, v>>12&0x3ff, v&0xfff) }

func vendor(id uint32) string {
	if name := map[uint32]string{0x1002: "AMD", 0x10de: "NVIDIA", 0x8086: "Intel", 0x13b5: "Arm", 0x5143: "Qualcomm", 0x106b: "Apple", 0x1010: "Imagination", 0x10005: "Mesa", 0x1ae0: "Google"}[id]; name != "" {
		return name
	}
	return fmt.Sprintf("vendor %#x", id)
}

func (driver) Open(info backend.Info) (backend.Device, error) {
	list, skipped := find()
	for i := range list {
		if list[i].info.Name == info.Name && list[i].info.UUID == info.UUID && list[i].info.Model == info.Model {
			return open(&list[i])
		}
	}
	if len(skipped) > 0 {
		return nil, fmt.Errorf("%w: %s", backend.ErrNoDevice, skipped[0].Reason)
	}
	return nil, backend.ErrNoDevice
}

// typed gives an error of the shim its place among the backend's.
func typed(err error) error {
	var r vkshim.Result
	if !errors.As(err, &r) {
		return err
	}
	switch r {
	case vkshim.DeviceLost:
		return fmt.Errorf("%w: %w", backend.ErrDeviceLost, err)
	case vkshim.OutOfDeviceMemory, vkshim.OutOfHostMemory, vkshim.TooManyObjects:
		return fmt.Errorf("%w: %w", backend.ErrOutOfMemory, err)
	}
	return err
}
