package profile

import (
	"context"
	"runtime/trace"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
)

// Run runs c and notes it.
func (p *Profiler) Run(c *backend.Call) error {
	e := Event{Kind: Op, Name: c.Op.Name, Result: p.results(c)}
	if p.options.Shapes {
		e.In, e.Out = metas(c.In), metas(c.Out)
	}
	if p.options.Sites {
		e.Site = p.sites.caller()
	}
	if trace.IsEnabled() {
		defer trace.StartRegion(context.Background(), e.Name).End()
	}
	before := p.stamp()
	start := time.Now()
	err := p.Device.Run(c)
	if p.options.Wait && err == nil {
		err = p.Device.Sync()
	}
	if e.Failed = err != nil; !e.Failed {
		e.Bytes = bytesOf(c.In) + bytesOf(c.Out)
	}
	i := p.add(e, start)
	if before != nil && err == nil {
		p.stampEnd(i, before)
	}
	return err
}

// results returns the bytes that were allocated for the results of c: those not
// written before.
func (p *Profiler) results(c *backend.Call) (n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, v := range c.Out {
		if bytes, ok := p.fresh[v.Buffer]; ok {
			n += bytes
			delete(p.fresh, v.Buffer)
		}
	}
	return n
}

// metas copies what is kept of views.
func metas(views []backend.View) []op.Meta {
	l := make([]op.Meta, len(views))
	for i, v := range views {
		l[i] = op.Meta{Shape: append([]int{}, v.Shape...), DType: v.DType}
	}
	return l
}

// bytesOf returns the bytes that the elements of views take; what a stride of 0
// repeats is read once.
func bytesOf(views []backend.View) int64 {
	var sum int64
	for i := range views {
		n := int64(views[i].DType.Size())
		for k, d := range views[i].Shape {
			if d == 0 || views[i].Strides[k] != 0 {
				n *= int64(d)
			}
		}
		sum += n
	}
	return sum
}

// Alloc allocates and notes it.
func (p *Profiler) Alloc(bytes int64) (backend.Buffer, error) {
	start := time.Now()
	b, err := p.Device.Alloc(bytes)
	p.add(Event{Kind: Alloc, Bytes: bytes, Failed: err != nil}, start)
	if err == nil {
		p.mu.Lock()
		if len(p.fresh) < p.options.Limit {
			p.fresh[b] = bytes
		}
		p.mu.Unlock()
	}
	return b, err
}

// Upload copies to the device and notes it.
func (p *Profiler) Upload(dst backend.Buffer, off int64, src []byte) error {
	start := time.Now()
	err := p.Device.Upload(dst, off, src)
	p.add(Event{Kind: Upload, Bytes: int64(len(src)), Failed: err != nil}, start)
	p.mu.Lock()
	delete(p.fresh, dst)
	p.mu.Unlock()
	return err
}

// Download copies from the device and notes it.
func (p *Profiler) Download(dst []byte, src backend.Buffer, off int64) error {
	start := time.Now()
	err := p.Device.Download(dst, src, off)
	p.add(Event{Kind: Download, Bytes: int64(len(dst)), Failed: err != nil}, start)
	return err
}

// Sync waits for the device and notes it.
func (p *Profiler) Sync() error {
	start := time.Now()
	err := p.Device.Sync()
	p.add(Event{Kind: Sync, Failed: err != nil}, start)
	return err
}
