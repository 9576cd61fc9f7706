package cuda

import (
	"errors"
	"fmt"
	"sync"

	"github.com/hekla-ml/hekla/backend/cuda/blas"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// TF32Variable names the environment variable that, set to 1 when a device is opened, lets the operands of float32 products
// and convolutions be rounded to 10 bits of fraction: by cuBLAS, and on tensor cores by our own kernels.
const TF32Variable = "HEKLA_TF32"

// cublas is the library on a device. It is opened at the first product that is
// worth it; a machine without it has our own kernels.
type cublas struct {
	open  func() (*blas.Library, error)
	tf32  bool
	plain bool // without cuBLASLt

	mu        sync.Mutex
	tried     bool
	handle    *blas.Handle // nil if there is none
	stream    driver.Stream
	workspace driver.Pointer

	note    string // what was found
	refused int    // products that the library did not take
	why     error  // the first of them
}

// blasTypes are the element types that the library multiplies.
var blasTypes = map[dtype.DType]blas.Type{
	dtype.Float32: blas.F32, dtype.Float64: blas.F64, dtype.Float16: blas.F16, dtype.BFloat16: blas.BF16,
}

const (
	workspaceBytes = 32 << 20 // what NVIDIA advises for its newest GPUs
	leastProduct   = 1 << 15  // multiplications, below which our small tiles do
)

// multiply runs a product by the library, if that is there and takes it.
func (b *cublas) multiply(d *device, p *matrixProduct) (done bool, err error) {
	c := p.call
	t, ok := blasTypes[c.In[0].DType]
	rank := p.s.nest.rank()
	if p.bias != nil && rank > 0 || !ok || !p.x.ok || !p.y.ok || rank > 1 || p.m*p.n*p.k < leastProduct || b.open == nil {
		return false, nil
	}
	size := c.In[0].DType.Size()
	q := blas.Product{
		Type: t, TF32: b.tf32, M: p.m, N: p.n, K: p.k, Count: p.batch, Z: driver.Pointer(address(&c.Out[0])),
		X: p.x.matrix(address(&c.In[0]), size, p.m, p.k), Y: p.y.matrix(address(&c.In[1]), size, p.k, p.n),
	}
	if rank == 1 {
		q.X.Batch, q.Y.Batch = p.s.nest.strides[0][0]/size, p.s.nest.strides[1][0]/size
	}
	if !q.Fits() || min(q.X.Step, q.Y.Step, q.X.Batch+1, q.Y.Batch+1) <= 0 {
		return false, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.ready(d); err != nil || b.handle == nil {
		return err != nil, err
	}
	plain := p.bias == nil && p.then == op.NoEpilogue
	if plain {
		done, err = true, b.handle.Multiply(&q)
	} else {
		done, err = b.linear(d, p, q)
	}
	if b.refuses(err) {
		done, err = false, nil
	}
	if done {
		d.launched(callName(c))
		err = d.waited(err)
	} else if err == nil && !plain { // its product and a pass for the rest are still faster than ours
		return true, unsupported("a bias or an activation within a product by this cuBLAS")
	}
	return done || err != nil, err
}

// linear runs a product with a bias or an activation, if the library has that.
func (b *cublas) linear(d *device, p *matrixProduct, q blas.Product) (done bool, err error) {
	l := &blas.Linear{Product: q, GELUTanh: p.then == op.EpilogueGELUTanh}
	if p.bias != nil {
		l.Bias = driver.Pointer(address(p.bias))
	}
	if b.plain || p.then != op.NoEpilogue && !l.GELUTanh { // its ReLU makes 0 of NaN, and it has no other GELU
		return false, nil
	}
	return b.handle.MultiplyLinear(l, d.stream, b.workspace, b.workspaceBytes())
}

// refuses reports whether an error says that the library did not take a product, of which then nothing has run: our own
// kernels do it.
func (b *cublas) refuses(err error) bool {
	var e *blas.Error
	if !errors.As(err, &e) || !e.Refused() {
		return false
	}
	if b.refused++; b.refused == 1 {
		b.why = err
	}
	return true
}

// matrix describes an operand to the library; Step is 0 if its lines overlap, which
// the library does not take.
func (f follows) matrix(at uint64, size, rows, columns int) blas.Matrix {
	m := blas.Matrix{At: driver.Pointer(at), Flipped: !f.last, Step: f.step / size}
	lines, length := rows, columns
	if !f.last {
		lines, length = columns, rows
	}
	if lines == 1 {
		m.Step = length
	}
	if m.Step < length {
		m.Step = 0
	}
	return m
}

// ready opens the library, once, and directs it to the stream of launches.
func (b *cublas) ready(d *device) error {
	first := !b.tried
	if first {
		b.tried = true
		lib, err := b.open()
		if err != nil {
			b.note = err.Error()
			return nil // our own kernels do
		}
		if b.handle, err = lib.NewHandle(); err != nil {
			b.handle, b.note = nil, fmt.Sprintf("%s cannot be used: %v", lib.Name(), err)
			return nil
		}
		b.note = "products by " + lib.Name()
		if b.workspace, err = d.api.Alloc(workspaceBytes); err != nil {
			b.workspace = 0 // the library makes do with less
		}
	}
	if b.handle == nil || !first && b.stream == d.stream {
		return nil
	}
	b.stream = d.stream
	return b.handle.SetStream(d.stream, b.workspace, b.workspaceBytes())
}

func (b *cublas) workspaceBytes() int64 {
	if b.workspace == 0 {
		return 0
	}
	return workspaceBytes
}

// close ends the library's work. The device must be current.
func (b *cublas) close(d *device) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.handle == nil {
		return nil
	}
	err := b.handle.Close()
	b.handle = nil
	if b.workspace != 0 {
		err = errors.Join(err, d.api.Free(b.workspace))
	}
	return err
}
