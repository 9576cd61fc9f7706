package vulkan

import (
	"fmt"
	"sync"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
	"github.com/hekla-ml/hekla/op"
)

// A device records calls under one lock and sends them off in batches.
type device struct {
	info     backend.Info
	physical vkshim.Physical
	limits   vkshim.Limits
	staging  bool // always by staging buffers
	family   family
	asGPU    bool           // kernels are those for GPUs, whatever the device is
	reaches  bool           // see reachesBy
	coop     [2]cooperation // of float16 and of bfloat16, see cooperates
	finding  cooperation    // see finds
	stride   stride
	left     func() (int64, bool) // bytes that the driver still grants, if it says

	mu         sync.Mutex
	idle       sync.Cond // nobody waits without the lock
	waiting    int       // goroutines that wait for a batch without the lock
	vk         gpu
	broken     error // what every later call returns: closed or lost
	stream     stream
	pages      map[*page]struct{}
	held       int64 // bytes of pages
	pipelines  map[string]*pipeline
	plans      map[planKey]*plan
	arranged   arrangement
	listed     list
	compiled   int // pipelines since the cache was saved
	spare      []*page
	host       []vkshim.Memory // staging buffers not in use
	programs   map[*op.Fn]*expansion
	doubles    map[*op.Fn]*expansion // likewise, in float64
	divisions  map[divisionKey]*backend.Division
	numberings map[*op.Fn]*op.Fn
	bounds     bounds
}

func open(f *found) (*device, error) {
	o, err := readOptions()
	if err != nil {
		return nil, err
	}
	l, err := loader()
	if err != nil {
		return nil, err
	}
	vk, err := l.OpenDevice(&f.physical, o.fences)
	if err != nil {
		return nil, typed(err)
	}
	d := newDevice(vk, f, o)
	d.left = func() (int64, bool) { return l.Available(&f.physical) }
	d.loadCache()
	return d, nil
}

func newDevice(vk gpu, f *found, o options) *device {
	d := &device{
		info: f.info, physical: f.physical, limits: f.physical.Limits, vk: vk, staging: o.staging, asGPU: o.gpu,
		left:  func() (int64, bool) { return 0, false },
		pages: map[*page]struct{}{}, pipelines: map[string]*pipeline{}, plans: map[planKey]*plan{}, programs: map[*op.Fn]*expansion{}, doubles: map[*op.Fn]*expansion{},
		divisions: map[divisionKey]*backend.Division{}, numberings: map[*op.Fn]*op.Fn{},
	}
	d.idle.L = &d.mu
	d.stream.pace = pace{1}
	for _, limit := range o.limits {
		limit(&d.limits)
	}
	if o.memory > 0 {
		d.info.Memory = o.memory
	}
	d.physical.Float64 = d.physical.Float64 && !o.no64.floats
	d.physical.Int64 = d.physical.Int64 && !o.no64.ints
	d.info.Features = features(&d.physical)
	if o.limited {
		d.info.Features = append(d.info.Features, "limited")
	}
	d.family, d.reaches, d.stride = d.familyOf(), d.reachesBy(), d.strideOf()
	return d
}

func (d *device) Info() backend.Info { return d.info }

func (d *device) Sync() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return d.broken
	}
	if err := d.await(d.stream.number); err != nil {
		return err
	}
	return d.badIndex()
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
	for d.waiting > 0 {
		d.idle.Wait()
	}
	if d.vk == nil {
		return d.broken // someone else was faster
	}
	d.vk.Idle() // even a lost device may still write to what is freed now
	d.saveCache()
	d.freeStream()
	for p := range d.pages {
		d.vk.Free(p.Memory)
	}
	for _, p := range d.pipelines {
		d.vk.FreePipeline(p.Pipeline)
	}
	d.vk.Close()
	d.vk, d.pages, d.pipelines, d.host, d.spare = nil, nil, nil, nil, nil
	return err
}
