package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// MatMulTile returns how many rows and columns of a product of elements of d one
// invocation computes, lane by lane apart. Types that are unpacked and packed
// have smaller ones: large modules take long to compile.
func MatMulTile(d dtype.DType) int {
	if d == dtype.Float32 {
		return 8
	}
	return 4
}

// MatMulKey identifies what MatMul returns.
func MatMulKey(d, out dtype.DType, lanes, batch int) string {
	return fmt.Sprintf("matmul %v %v %d %d", d, out, lanes, batch)
}

// MatMul returns the kernel of a matrix product of elements of d, which becomes
// one of out, batched over some axes, in workgroups of lanes. It uses no shared memory: all lanes of a
// group read the same rows of x, each its own columns of y, which suits
// devices that run on the CPU best and caches elsewhere well enough.
//
// Buffers are x, y and the product, which is dense. Parameters: rows, columns,
// the inner size, tiles down and across, where each buffer starts, strides of
// x and of y, then sizes of the batch axes and strides along them of x and y.
func MatMul(d, out dtype.DType, lanes, batch int) *Kernel {
	kind := pointwise.Float
	if !d.IsFloat() {
		kind = pointwise.Int
	}
	w := spirv.WidthsOf(pointwise.Spec{In: []dtype.DType{d}})
	tile := MatMulTile(d)
	e := newEmitter(lanes, 3, 12+3*batch)
	g := e.group()
	e.If(g.Mul(e.Word(uint32(lanes))).Less(e.Param(Count)), func() {
		m, n, inner, down, across := e.param(), e.param(), e.param(), e.param(), e.param()
		start := e.paramList(3)
		xs, ys := e.paramList(2), e.paramList(2)
		sizes := e.paramList(batch)
		strides := [][]spirv.Value{e.paramList(batch), e.paramList(batch)}

		across0 := g.Div(across)
		column0 := g.Sub(across0.Mul(across)).Mul(e.Word(uint32(tile * lanes))).Add(e.Local())
		matrix := across0.Div(down)
		row0 := across0.Sub(matrix.Mul(down)).Mul(e.Word(uint32(tile)))
		at := e.walk(matrix, sizes, strides, start[:2])

		// Rows and columns past the end are computed from the last one, and not
		// stored: loads need no branches.
		one := e.Word(1)
		var rows, columns, xAt, yAt [8]spirv.Value
		for i := range tile {
			rows[i] = row0.Add(e.Word(uint32(i)))
			xAt[i] = at[0].Add(rows[i].Less(m).Select(rows[i], m.Sub(one)).Mul(xs[0]))
		}
		for j := range tile {
			columns[j] = column0.Add(e.Word(uint32(j * lanes)))
			yAt[j] = at[1].Add(columns[j].Less(n).Select(columns[j], n.Sub(one)).Mul(ys[1]))
		}
		zero := e.Int(w.Type(kind), 0)
		if kind == pointwise.Float {
			zero = e.Real(w.Real, 0)
		}
		var sums [8][8]spirv.Var
		for i := range tile {
			for j := range tile {
				sums[i][j] = e.Var(zero)
			}
		}
		e.For(inner, func(k spirv.Value) {
			var x, y [8]spirv.Value
			for i := range tile {
				x[i] = e.Read(0, xAt[i].Add(k.Mul(xs[1])), d, kind, w)
			}
			for j := range tile {
				y[j] = e.Read(1, yAt[j].Add(k.Mul(ys[0])), d, kind, w)
			}
			for i := range tile {
				for j := range tile {
					sums[i][j].Set(sums[i][j].Get().Add(x[i].Mul(y[j])))
				}
			}
		})
		to := start[2].Add(matrix.Mul(m).Mul(n))
		for i := range tile {
			e.If(rows[i].Less(m), func() {
				row := to.Add(rows[i].Mul(n))
				for j := range tile {
					e.If(columns[j].Less(n), func() {
						e.Write(2, row.Add(columns[j]), out, sums[i][j].Get(), kind, w)
					})
				}
			})
		}
	})
	return e.finish(MatMulKey(d, out, lanes, batch), lanes, 3, 1<<2)
}
