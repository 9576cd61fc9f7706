package cuda

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/blas"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

func init() { backend.Register("cuda", &platform{load: driver.Open, blas: blas.Open, cache: cacheDir}) }

// platform is the driver of all devices. It opens the library at first use, and
// tries again if that failed.
type platform struct {
	load func() (driver.Driver, error)
	blas func() (*blas.Library, error) // nil for none

	cache func() string // the folder of compiled kernels; nil for none
	mu    sync.Mutex
	open  driver.Driver
}

// minMajor is the oldest compute capability that package ptx writes for.
const minMajor = 5

func (p *platform) api() (driver.Driver, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open != nil {
		return p.open, nil
	}
	api, err := p.load()
	if err == nil {
		p.open = api
	}
	return api, err
}

func (p *platform) List() ([]backend.Info, []backend.Skipped) {
	api, err := p.api()
	n := 0
	if err == nil {
		n, err = api.Count()
	}
	if err != nil {
		return nil, []backend.Skipped{{Name: "cuda", Reason: err.Error()}}
	}
	var infos []backend.Info
	var skipped []backend.Skipped
	for i := range n {
		name := fmt.Sprintf("cuda:%d", i)
		_, q, err := api.Properties(i)
		if err == nil && q.Major < minMajor {
			err = fmt.Errorf("%s has compute capability %d.%d: want %d.0 or newer", q.Name, q.Major, q.Minor, minMajor)
		}
		if err != nil {
			skipped = append(skipped, backend.Skipped{Name: name, Reason: err.Error()})
			continue
		}
		kind := backend.DiscreteGPU
		if q.Integrated {
			kind = backend.IntegratedGPU
		}
		infos = append(infos, backend.Info{
			Name: name, Model: q.Name, Vendor: "NVIDIA", Driver: "CUDA " + api.Version(), UUID: q.UUID, Kind: kind, Memory: q.Memory, Experimental: true,
			Features: []string{fmt.Sprintf("sm_%d%d", q.Major, q.Minor)},
		})
	}
	return infos, skipped
}

// Experimental: no GPU has run the conformance suite yet.
func (*platform) Experimental() bool { return true }

// Open opens a device that List described.
func (p *platform) Open(info backend.Info) (backend.Device, error) {
	api, err := p.api()
	if err != nil {
		return nil, errors.Join(backend.ErrNoDevice, err)
	}
	without, err := offFromEnv()
	if err != nil {
		return nil, err
	}
	var i int
	if _, err := fmt.Sscanf(info.Name, "cuda:%d", &i); err != nil {
		return nil, fmt.Errorf("cuda: %w: %q", backend.ErrNoDevice, info.Name)
	}
	h, q, err := api.Properties(i)
	if err != nil {
		return nil, err
	}
	ctx, err := api.Retain(h)
	if err != nil {
		return nil, err
	}
	d := &device{
		info: info, api: api, handle: h, ctx: ctx, capability: 10*q.Major + q.Minor, multiprocessors: q.Multiprocessors,
		kernels: newCache(), blas: cublas{open: p.blas, tf32: os.Getenv(TF32Variable) == "1", plain: without["cublaslt"]}, off: without,
	}
	d.staging.tried = without["pinned"]
	if without["cublas"] {
		d.blas.open = nil
	}
	if p.cache != nil && !without["cache"] {
		d.disk = newDisk(p.cache(), api, q.Name, d.capability)
	}
	return d, nil
}
