package vulkan

import (
	"sync"

	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
)

// modules keeps what package kernel emitted for all devices of the process, and
// for those opened again.
var modules = struct {
	sync.Mutex
	m map[string]*kernel.Kernel
}{m: map[string]*kernel.Kernel{}}

// module returns the kernel of a key, made at first use.
func module(key string, make func() (*kernel.Kernel, error)) (*kernel.Kernel, error) {
	modules.Lock()
	k := modules.m[key]
	modules.Unlock()
	if k != nil {
		return k, nil
	}
	k, err := make()
	if err != nil {
		return nil, err
	}
	modules.Lock()
	defer modules.Unlock()
	if len(modules.m) >= maxPipelines {
		clear(modules.m)
	}
	modules.m[key] = k
	return k, nil
}
