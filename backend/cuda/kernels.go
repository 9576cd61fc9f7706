package cuda

import (
	"errors"
	"fmt"
	"sync"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/backend/cuda/ptx"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// kernels holds the compiled kernels of a device: by call, found without any
// allocation, and by a key of what they compute, so that equal functions share.
type kernels struct {
	mu     sync.RWMutex
	byCall map[callKey]driver.Function
	byText map[string]compiled
}

type compiled struct {
	module driver.Module
	fn     driver.Function
}

// callKey identifies a kernel by the identity of its function, and is
// comparable.
type callKey struct {
	kind  string
	fn    *op.Fn
	types [24]dtype.DType
	shape uint64 // ranks and other choices, packed
}

// maxCalls bounds byCall: a program that makes functions as it runs must not
// fill the memory.
const maxCalls = 1 << 14

// find returns a kernel that a call with this key had before.
func (d *device) find(key callKey) (driver.Function, bool) {
	c := &d.kernels
	c.mu.RLock()
	defer c.mu.RUnlock()
	fn, ok := c.byCall[key]
	return fn, ok
}

// kernel is find, and makes the kernel by write where there is none. text
// identifies what it computes. The device must be current.
func (d *device) kernel(key callKey, text func() string, write func() (*ptx.Kernel, error)) (driver.Function, error) {
	if fn, ok := d.find(key); ok {
		return fn, nil
	}
	c := &d.kernels
	c.mu.Lock()
	defer c.mu.Unlock()
	name := text()
	k, ok := c.byText[name]
	if !ok {
		var err error
		if k, err = d.compile(write); err != nil {
			return 0, err
		}
		c.byText[name] = k
	}
	if len(c.byCall) >= maxCalls {
		clear(c.byCall)
	}
	c.byCall[key] = k.fn
	return k.fn, nil
}

func (d *device) compile(write func() (*ptx.Kernel, error)) (compiled, error) {
	k, err := write()
	if err != nil {
		return compiled{}, err
	}
	m, err := d.api.Compile(k.Text)
	if err != nil {
		return compiled{}, fmt.Errorf("kernel %s: %w", k.Name, err)
	}
	fn, err := d.api.Function(m, k.Name)
	if err != nil {
		return compiled{}, errors.Join(err, d.api.Unload(m))
	}
	return compiled{m, fn}, nil
}

// drop unloads everything.
func (c *kernels) drop(api driver.Driver) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var err error
	for _, k := range c.byText {
		err = errors.Join(err, api.Unload(k.module))
	}
	clear(c.byText)
	clear(c.byCall)
	return err
}
