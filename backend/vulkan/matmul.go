package vulkan

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

func init() { kernels[op.MatMul] = (*device).matmul }

func (d *device) matmul(c *backend.Call) error {
	x, y, out := &c.In[0], &c.In[1], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	rank := len(out.Shape)
	m, n, inner := out.Shape[rank-2], out.Shape[rank-1], x.Shape[len(x.Shape)-1]
	if inner == 0 {
		return d.fill(out, 0)
	}
	if x.DType == dtype.Bool {
		return backend.ErrUnsupported
	}
	if err := d.supports(pointwise.Spec{In: []dtype.DType{x.DType}}); err != nil {
		return err
	}
	lead := out.Shape[:rank-2]
	xv, err := x.View.Expand(append(append([]int(nil), lead...), m, inner))
	if err != nil {
		return err
	}
	yv, err := y.View.Expand(append(append([]int(nil), lead...), inner, n))
	if err != nil {
		return err
	}
	batch, strides := kernel.Coalesce(lead, xv.Strides[:rank-2], yv.Strides[:rank-2])
	if d.family != plainFamily && kernel.ShadersKnow(x.DType) && len(batch) <= kernel.MaxBatch {
		byBatch := shape.Strides(batch)
		for i := range byBatch {
			byBatch[i] *= m * n
		}
		p := &product{
			x:      side{kernel.Operand{Type: x.DType, ByC: xv.Strides[rank-2], ByK: xv.Strides[rank-1]}, x, m, strides[0]},
			y:      side{kernel.Operand{Type: y.DType, ByC: yv.Strides[rank-1], ByK: yv.Strides[rank-2]}, y, n, strides[1]},
			places: inner, batch: batch, out: out, byBatch: byBatch, byRow: n, inner: n,
		}
		if d.fits(p) {
			return d.product(p)
		}
		if k, size := d.productCut(c, p); size > 1 {
			return d.halves(c, k, size)
		}
	}
	if d.turns(inner) != nil {
		return d.halvesSum(c, alongSums(c), inner)
	}
	lanes := d.lanes()
	p, err := d.pipeline(kernel.MatMulKey(x.DType, out.DType, lanes, len(batch)), func() (*kernel.Kernel, error) {
		return kernel.MatMul(x.DType, out.DType, lanes, len(batch)), nil
	})
	if err != nil {
		return err
	}
	operands, err := d.bindAll(x, y, out)
	if err != nil {
		return err
	}
	down, across := ceil(m, kernel.MatMulTile(x.DType)), ceil(n, lanes*kernel.MatMulTile(x.DType))
	params := []uint32{uint32(m), uint32(n), uint32(inner), uint32(down), uint32(across)}
	for _, o := range operands {
		params = append(params, o.start)
	}
	params = appendWords(appendWords(params, xv.Strides[rank-2:]), yv.Strides[rank-2:])
	params = appendWords(params, batch)
	params = appendWords(appendWords(params, strides[0]), strides[1])
	matrices := 1
	for _, b := range batch {
		matrices *= b
	}
	return d.launch(p, operands, params, int64(matrices*down*across*lanes))
}

// productCut returns how to cut a product that does not fit, and the size of what
// is cut.
func (d *device) productCut(c *backend.Call, p *product) (cut, int) {
	cuts, s := productCuts(c), c.Out[0].Shape
	for k, n := range s[:len(s)-2] {
		if n > 1 {
			return cuts[k], n
		}
	}
	m, n := s[len(s)-2], s[len(s)-1]
	rows, columns, sums := cuts[len(cuts)-3], cuts[len(cuts)-2], cuts[len(cuts)-1]
	switch {
	case p.places > max(m, n) && d.resultFits(p):
		return sums, p.places
	case m >= n:
		return rows, m
	}
	return columns, n
}

// lanes is how many invocations share the rows of a matrix product: those of a
// subgroup on the CPU, more on a GPU.
func (d *device) lanes() int {
	if d.onCPU() {
		return 8
	}
	return 64
}

func (d *device) bindAll(views ...*backend.View) ([]operand, error) {
	l := make([]operand, len(views))
	for i, v := range views {
		var err error
		if l[i], err = d.bind(v); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func ceil(a, b int) int { return (a + b - 1) / b }
