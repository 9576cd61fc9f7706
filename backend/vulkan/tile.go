package vulkan

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
)

// tileSizes are tried in turn: wide tiles use each element they bring often,
// but there must be enough of them to keep a GPU busy.
var tileSizes = []struct {
	kernel.TileSize
	skinny bool // for products of few rows or columns
}{
	{kernel.TileSize{Rows: 16, Columns: 128, Deep: 16, High: 2, Wide: 8}, true},
	{kernel.TileSize{Rows: 128, Columns: 16, Deep: 16, High: 8, Wide: 2}, true},
	{kernel.TileSize{Rows: 128, Columns: 128, Deep: 16, High: 8, Wide: 8}, false},
	{kernel.TileSize{Rows: 64, Columns: 64, Deep: 16, High: 4, Wide: 4}, false},
	{kernel.TileSize{Rows: 32, Columns: 32, Deep: 16, High: 4, Wide: 4}, false},
}

// busy is how many workgroups keep a large GPU going.
const busy = 128

// tileSize chooses the tile of a product of m by n.
func (d *device) tileSize(m, n, matrices int) (kernel.TileSize, error) {
	smallest := len(tileSizes) - 1
	for i, t := range tileSizes {
		if t.Group() > d.limits.Invocations || t.Shared() > d.limits.SharedBytes {
			continue
		}
		few, many := m, n
		if t.Rows > t.Columns {
			few, many = n, m
		}
		switch {
		case t.skinny && (few > 16 || many <= 32):
		case t.skinny:
			return t.TileSize, nil
		case i == smallest, ceil(m, t.Rows)*ceil(n, t.Columns)*matrices >= busy:
			return t.TileSize, nil
		}
	}
	return kernel.TileSize{}, fmt.Errorf("%w: no tile of a product fits %d invocations and %d bytes of shared memory", backend.ErrUnsupported, d.limits.Invocations, d.limits.SharedBytes)
}

// tile multiplies the operands as they are.
func (d *device) tile(p *product) error {
	if d.cooperates(p) {
		if size, ok := d.cooperativeSize(p.x.Type, p.x.lines, p.y.lines, p.matrices()); ok {
			return d.cooperative(p, size)
		}
	}
	size, err := d.tileSize(p.x.lines, p.y.lines, p.matrices())
	if err != nil {
		return err
	}
	s := kernel.TileSpec{
		TileSize: size, XType: p.x.Type, YType: p.y.Type, XKind: p.x.Kind, YKind: p.y.Kind,
		XAlong: p.x.along(), YAlong: p.y.along(), Rolled: d.info.Kind == backend.Software,
	}
	return d.tiled(p, size.Rows, size.Columns, size.Deep, s.Key(), func() *kernel.Kernel { return kernel.Tile(s) })
}

// tiled runs a kernel that takes the parameters of kernel.Tile.
func (d *device) tiled(p *product, rows, columns, deep int, key string, write func() *kernel.Kernel) error {
	k := p.kernel(rows, columns, busy)
	k.Run = ceil(ceil(p.places, k.Slices), deep) * deep
	k.Slices = ceil(p.places, k.Run)
	k.X, k.Y = p.x.strides, p.y.strides
	x, err := d.bind(p.x.view)
	if err != nil {
		return err
	}
	y, err := d.bind(p.y.view)
	if err != nil {
		return err
	}
	return d.result(p, k, 1, func(operand) bool { return true }, func(out operand, more []operand) error {
		params := kernel.TileParams(k, &p.x.Operand, &p.y.Operand, x.start, y.start)
		return d.multiply(p, k, "tile", key, write, params, append([]operand{x, y, out}, more...))
	})
}

// along reports whether neighbours in memory are places of the sum.
func (s *side) along() bool {
	if s.Kind == kernel.Plain {
		return s.ByK == 1
	}
	return s.MoveC[2] == 0 // else neighbouring lines look at neighbouring positions
}
