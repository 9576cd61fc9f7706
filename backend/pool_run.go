package backend

import (
	"fmt"
	"sync"
)

func (p *pool) Upload(dst Buffer, off int64, src []byte) error {
	b, err := p.span("upload", dst, off, len(src))
	if err != nil {
		return err
	}
	return p.dev.Upload(b, off, src)
}

func (p *pool) Download(dst []byte, src Buffer, off int64) error {
	b, err := p.span("download", src, off, len(dst))
	if err != nil {
		return err
	}
	return p.dev.Download(dst, b, off)
}

// span returns the device's buffer behind b. The device cannot check the
// bounds, since blocks are longer than was asked for.
func (p *pool) span(what string, b Buffer, off int64, n int) (Buffer, error) {
	in, err := p.own(b)
	if err != nil {
		return nil, fmt.Errorf("backend: %s: %s: %w", p.Info().Name, what, err)
	}
	if off < 0 || int64(n) > b.Len()-off {
		return nil, fmt.Errorf("backend: %s: %s: %d bytes at offset %d of a buffer of %d", p.Info().Name, what, n, off, b.Len())
	}
	return in, nil
}

func (p *pool) own(b Buffer) (Buffer, error) {
	var h *handle
	switch b := b.(type) {
	case *hostHandle:
		h = &b.handle
	case *handle:
		h = b
	default:
		return b, nil
	}
	blk := h.block.Load()
	if blk == nil {
		return nil, errFreed
	}
	return blk.buf, nil
}

var errFreed = fmt.Errorf("buffer is used after it was freed")

// Run hands c to the device as it is if its buffers are the host's, which any
// host device can use; others are replaced by the device's own.
func (p *pool) Run(c *Call) error {
	foreign, err := p.foreign(c)
	if err != nil {
		return err
	}
	if !foreign {
		return p.dev.Run(c)
	}
	return rewrite(c, p.own, p.dev.Run)
}

// foreign reports whether c has buffers that are not the host's.
func (p *pool) foreign(c *Call) (foreign bool, err error) {
	for _, views := range [...][]View{c.In, c.Out} {
		for i := range views {
			switch h := views[i].Buffer.(type) {
			case *hostHandle:
				if h.block.Load() == nil {
					return false, p.usedAfterFree(c)
				}
			case *handle:
				foreign = true
			}
		}
	}
	return foreign, nil
}

func (p *pool) usedAfterFree(c *Call) error {
	return fmt.Errorf("backend: %s: %s: %w", p.Info().Name, c.Op.Name, errFreed)
}

// calls are scratch for rewrite.
var calls = sync.Pool{New: func() any { return new(Call) }}

// rewrite runs c with its buffers replaced.
func rewrite(c *Call, buffer func(Buffer) (Buffer, error), run func(*Call) error) error {
	r := calls.Get().(*Call)
	in, out := append(r.In[:0], c.In...), append(r.Out[:0], c.Out...)
	*r = *c
	r.In, r.Out = in, out
	defer func() {
		clear(in) // hold on to no buffer
		clear(out)
		*r = Call{In: in[:0], Out: out[:0]}
		calls.Put(r)
	}()
	for _, views := range [...][]View{in, out} {
		for i := range views {
			if views[i].Buffer == nil { // an empty operand
				continue
			}
			b, err := buffer(views[i].Buffer)
			if err != nil {
				return fmt.Errorf("backend: %s: %w", c.Op.Name, err)
			}
			views[i].Buffer = b
		}
	}
	return run(r)
}
