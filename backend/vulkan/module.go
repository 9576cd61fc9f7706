package vulkan

import (
	"sync"

	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
)

// modules keeps what package kernel emitted for all devices of the process, and
// for those opened again.
var modules = struct {
	sync.Mutex
	m map[string]*kernel.Kernel
}{m: map[string]*kernel.Kernel{}}

// module returns the kernel of a key, made at first use; without int64 it has
// none in it.
func module(key string, int64 bool, make func() (*kernel.Kernel, error)) (*kernel.Kernel, error) {
	if !int64 {
		key += " narrow"
	}
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
	if !int64 {
		k.Words = spirv.Narrow(k.Words)
	}
	modules.Lock()
	defer modules.Unlock()
	if len(modules.m) >= maxPipelines {
		clear(modules.m)
	}
	modules.m[key] = k
	return k, nil
}
