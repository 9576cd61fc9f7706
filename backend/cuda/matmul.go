package cuda

import (
	"fmt"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/backend/cuda/ptx"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// matmul multiplies matrices [..., m, k] and [..., k, n].
func (d *device) matmul(c *backend.Call) error { return d.product(c, nil, op.NoEpilogue) }

// product is matmul; a bias [n] that is not nil is added to each row, and then an
// activation applied.
func (d *device) product(c *backend.Call, bias *backend.View, then op.Epilogue) error {
	out, x, y := &c.Out[0], &c.In[0], &c.In[1]
	if out.Numel() == 0 {
		return nil
	}
	if out.DType == dtype.Bool {
		return unsupported("matrices of bools")
	}
	r := len(out.Shape)
	m, n, k := out.Shape[r-2], out.Shape[r-1], x.Shape[len(x.Shape)-1]
	if max(m, n, k) > math.MaxInt32/2 {
		return unsupported("matrices of %d by %d by %d", m, n, k)
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.nest.reset(2)
	batch := 1
	for axis, size := range out.Shape[:r-2] {
		batch *= size
		s.nest.push(size, func(i int) int { return leadStride(&c.In[i], axis-(r-2)) })
	}
	if m > mostRows {
		if batch > 1 {
			return unsupported("%d products of %d rows", batch, m)
		}
		return d.byRows(c, bias, then)
	}
	size := x.DType.Size()
	steps := [4]int{last(x, 2) * size, last(x, 1) * size, last(y, 2) * size, last(y, 1) * size}
	xByRow, yByRow := last(x, 1) == 1, last(y, 1) == 1
	tile := ptx.LargeTile
	if m <= 32 && n <= 32 {
		tile = ptx.SmallTile
	}
	p := matrixProduct{c, m, n, k, batch, follow(x), follow(y), bias, then, s}
	if done, err := d.blas.multiply(d, &p); done {
		return err
	}
	if done, err := d.gemm(&p); done {
		return err
	}
	if bias != nil || then != op.NoEpilogue {
		return unsupported("a bias or an activation within a product of %d by %d by %d", m, n, k)
	}
	rank := s.nest.rank()
	key := callKey{kind: "matmul", shape: uint64(rank)<<16 | uint64(tile.Rows)}
	key.types[0] = x.DType
	for i, bit := range [...]bool{xByRow, yByRow} {
		if bit {
			key.shape |= 1 << (32 + i)
		}
	}
	fn, err := d.kernel(key, func() string { return fmt.Sprint("matmul ", key) }, func() (*ptx.Kernel, error) {
		return ptx.MatMul(x.DType, tile, xByRow, yByRow, rank), nil
	})
	if err != nil {
		return err
	}
	across, down := (n+tile.Columns-1)/tile.Columns, (m+tile.Rows-1)/tile.Rows
	w := append(s.words[:0], uint64(m), uint64(n), uint64(k), address(x), address(y), address(out))
	for _, step := range steps {
		w = append(w, uint64(step))
	}
	first := len(w)
	w = s.nest.words(append(w, 0))
	s.words = w
	return d.batches(c, fn, [3]uint32{uint32(across), uint32(down), 0}, tile.Threads(), batch, w, first)
}

// mostRows is how many rows of results the second axis of a grid has tiles for.
var mostRows = math.MaxUint16 * ptx.LargeTile.Rows

// byRows is product for a single one with more rows than that: part after part.
func (d *device) byRows(c *backend.Call, bias *backend.View, then op.Epilogue) error {
	part := *c
	part.In, part.Out = slices.Clone(c.In), slices.Clone(c.Out)
	rows := c.Out[0].Shape[len(c.Out[0].Shape)-2]
	for i := 0; i < rows; i += mostRows {
		for _, v := range [...]struct{ part, whole *backend.View }{{&part.In[0], &c.In[0]}, {&part.Out[0], &c.Out[0]}} {
			var err error
			if v.part.View, err = v.whole.Slice(len(v.whole.Shape)-2, i, min(i+mostRows, rows), 1); err != nil {
				return err
			}
		}
		if err := d.product(&part, bias, then); err != nil {
			return err
		}
	}
	return nil
}

// batches launches a kernel for each of batch products, as many at a time as a
// grid's third axis takes. Word first tells it which is the first.
func (d *device) batches(c *backend.Call, fn driver.Function, grid [3]uint32, threads, batch int, words []uint64, first int) error {
	for i := 0; i < batch; i += math.MaxUint16 {
		words[first] = uint64(i)
		grid[2] = uint32(min(batch-i, math.MaxUint16))
		if err := d.launch(c, fn, grid, threads, words); err != nil {
			return err
		}
	}
	return nil
}

// last returns the stride of the i-th axis from the end.
func last(v *backend.View, i int) int { return v.Strides[len(v.Strides)-i] }

// leadStride returns the stride in bytes of a leading axis, counted back from
// the matrix, of an operand that may have fewer axes than the result.
func leadStride(v *backend.View, axis int) int {
	i := len(v.Shape) - 2 + axis
	if i < 0 || v.Shape[i] == 1 {
		return 0
	}
	return v.Strides[i] * v.DType.Size()
}
