package vulkan

import (
	"fmt"
	"os"
	"sync"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// A device records calls under one lock and sends them off in batches.
type device struct {
	info     backend.Info
	physical vkshim.Physical
	limits   vkshim.Limits
	staging  bool // always by staging buffers
	family   family

	mu        sync.Mutex
	vk        *vkshim.Device
	broken    error // what every later call returns: closed or lost
	stream    stream
	pages     map[*page]struct{}
	pipelines map[string]*pipeline
	spare     []*page
	programs  map[*op.Fn]*pointwise.Program // expanded
}

func open(f *found) (*device, error) {
	l, err := loader()
	if err != nil {
		return nil, err
	}
	vk, err := l.OpenDevice(&f.physical)
	if err != nil {
		return nil, typed(err)
	}
	d := &device{
		info: f.info, physical: f.physical, limits: f.physical.Limits, vk: vk,
		staging: os.Getenv("HEKLA_VULKAN_STAGING") == "1",
		pages:   map[*page]struct{}{}, pipelines: map[string]*pipeline{}, programs: map[*op.Fn]*pointwise.Program{},
	}
	d.family = d.familyOf()
	return d, nil
}

func (d *device) Info() backend.Info { return d.info }

func (d *device) Sync() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return d.broken
	}
	return d.finish()
}

// Close waits for enqueued work and gives everything back.
func (d *device) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.vk == nil {
		return fmt.Errorf("vulkan: %w", backend.ErrClosed)
	}
	var err error
	if d.broken == nil {
		err = d.finish()
	}
	d.broken = fmt.Errorf("vulkan: %s: %w", d.info.Name, backend.ErrClosed)
	d.freeStream()
	for p := range d.pages {
		d.vk.Free(p.Memory)
	}
	for _, p := range d.pipelines {
		d.vk.FreePipeline(p.Pipeline)
	}
	d.vk.Close()
	d.vk, d.pages, d.pipelines = nil, nil, nil
	return err
}

// fail remembers an error after which the device is of no use.
func (d *device) fail(err error) error {
	err = typed(err)
	d.broken = fmt.Errorf("vulkan: %s: after %s: %w", d.info.Name, d.stream.last, err)
	return d.broken
}
