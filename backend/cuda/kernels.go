package cuda

import (
	"errors"
	"fmt"
	"sync"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/backend/cuda/kernels"
	"github.com/hekla-ml/hekla/backend/cuda/ptx"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// cache holds the compiled kernels of a device: by call, found without any
// allocation, and by a key of what they compute, so that equal functions share.
type cache struct {
	mu     sync.RWMutex
	byCall map[callKey]driver.Function
	byText map[string]compiled

	written map[writtenKey]compiled // of package kernels
}

type writtenKey struct {
	module kernels.Module
	name   string
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
	types [40]dtype.DType
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
	m, err := d.compileText(k.Text)
	if err != nil {
		return compiled{}, fmt.Errorf("kernel %s: %w", k.Name, err)
	}
	fn, err := d.api.Function(m, k.Name)
	if err != nil {
		return compiled{}, errors.Join(err, d.api.Unload(m))
	}
	return compiled{m, fn}, nil
}

// written returns a kernel of package kernels. The device must be current.
func (d *device) written(m kernels.Module, name string) (driver.Function, error) {
	c := &d.kernels
	key := writtenKey{m, name}
	c.mu.RLock()
	k, ok := c.written[key]
	c.mu.RUnlock()
	if ok {
		return k.fn, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if k, ok = c.written[key]; ok {
		return k.fn, nil
	}
	k, err := d.compile(func() (*ptx.Kernel, error) {
		text, err := m.Kernel(name)
		return &ptx.Kernel{Name: name, Text: text}, err
	})
	if err != nil {
		return 0, fmt.Errorf("kernels %s: %w", m, err)
	}
	c.written[key] = k
	return k.fn, nil
}

func newCache() cache {
	return cache{
		byCall: map[callKey]driver.Function{}, byText: map[string]compiled{}, written: map[writtenKey]compiled{},
	}
}

// drop unloads everything.
func (c *cache) drop(api driver.Driver) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var err error
	for _, k := range c.byText {
		err = errors.Join(err, api.Unload(k.module))
	}
	for _, k := range c.written {
		err = errors.Join(err, api.Unload(k.module))
	}
	clear(c.written)
	clear(c.byText)
	clear(c.byCall)
	return err
}
