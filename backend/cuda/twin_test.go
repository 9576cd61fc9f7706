//go:build linux && (amd64 || arm64)

package cuda

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/backend"
)

// A twin takes the kernels of one device and the numbers of another: with an idle GPU the suite
// goes all its ways, as on a real one, and asks for every kernel, but nothing is interpreted.
type twin struct {
	backend.Device // which says what is supported
	host           backend.Device
}

type twinBuffer struct{ gpu, host backend.Buffer }

func (b *twinBuffer) Len() int64 { return b.gpu.Len() }
func (b *twinBuffer) Free()      { b.gpu.Free(); b.host.Free() }

func (t twin) Alloc(n int64) (backend.Buffer, error) {
	gpu, err := t.Device.Alloc(n)
	if err != nil {
		return nil, err
	}
	host, err := t.host.Alloc(n)
	return &twinBuffer{gpu, host}, err
}

func (t twin) Upload(dst backend.Buffer, off int64, src []byte) error {
	b := dst.(*twinBuffer)
	return errors.Join(t.Device.Upload(b.gpu, off, src), t.host.Upload(b.host, off, src))
}

func (t twin) Download(dst []byte, src backend.Buffer, off int64) error {
	if err := t.Device.Sync(); err != nil {
		return err
	}
	return t.host.Download(dst, src.(*twinBuffer).host, off)
}

func (t twin) Run(c *backend.Call) error {
	if err := t.Device.Run(of(c, func(b *twinBuffer) backend.Buffer { return b.gpu })); err != nil {
		return err
	}
	host := of(c, func(b *twinBuffer) backend.Buffer { return b.host })
	err := t.host.Run(host)
	if errors.Is(err, backend.ErrUnsupported) {
		err = backend.Evaluate(host)
	}
	if err != nil {
		return fmt.Errorf("on the host: %w", err)
	}
	return nil
}

// of returns a call with one of each two buffers.
func of(c *backend.Call, pick func(*twinBuffer) backend.Buffer) *backend.Call {
	r := *c
	r.In, r.Out = slices.Clone(c.In), slices.Clone(c.Out)
	for _, views := range [][]backend.View{r.In, r.Out} {
		for i := range views {
			if b, ok := views[i].Buffer.(*twinBuffer); ok {
				views[i].Buffer = pick(b)
			}
		}
	}
	return &r
}
