package cpu

import (
	"math"

	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
)

// unitQueries is how many queries of one head a thread takes at a time if there
// are few heads: the keys are laid out once for all of them.
const unitQueries = 6 * queryBlock

// queryBlock returns how many queries make a block.
func (a *attention[T]) queryBlock() int {
	if a.causal {
		return causalBlock
	}
	return queryBlock
}

// attendForward computes softmax(q·k)·v block by block; weights of keys seen so far
// are scaled down when a larger score appears (Milakov and Gimelshein 2018).
func attendForward[T float32 | float64](a *attention[T]) {
	y := matrixSet[T]{a.out[0], nil, a.d}
	units := 1
	if a.heads < 4*par.Workers() {
		units = (a.l + unitQueries - 1) / unitQueries
	}
	rows := (a.l + units - 1) / units
	par.For(a.heads*units, 1, func(lo, hi int) {
		for u := lo; u < hi; u++ {
			h, i := u/units, u%units*rows
			a.attend(h, i, min(i+rows, a.l), y.mem[h*a.l*a.d:])
		}
	})
}

// attend computes queries [from, to) of head h, y [l, d].
func (a *attention[T]) attend(h, from, to int, y []T) {
	v, block := a.v, a.queryBlock()
	parts, b := scratch.Parts[T](a.tiler.Size(a.e, keyBlock), a.tiler.Size(keyBlock, a.d), block*a.e, block*keyBlock, keyBlock, max(to-from, 0))
	defer b.Put()
	keys, values, q, scores, tmp, top := parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]
	sums, b := scratch.Get[float64](len(top))
	defer b.Put()
	for i := range top {
		top[i], sums[i] = T(math.Inf(-1)), 0
	}
	for k := 0; k < a.s && (!a.causal || k < to); k += keyBlock {
		n := min(keyBlock, a.s-k)
		a.tiler.Pack(keys, a.k.from(h, k), 1, a.k.rs, a.e, n)
		a.tiler.Pack(values, a.val.from(h, k), a.val.rs, 1, n, a.d)
		for i := from; i < to; i += block {
			rows := min(block, to-i)
			cols := a.seen(i+rows-1, k, n)
			if cols == 0 {
				continue
			}
			a.scores(h, i, rows, cols, q, keys, scores)
			for r := range rows {
				row := scores[r*keyBlock:][:cols]
				seen := a.seen(i+r, k, n)
				clear(row[seen:])
				row = row[:seen]
				a.mask.apply(v, h, i+r, k, row, tmp)
				x := i + r - from
				old, m := top[x], v.max(row)
				if m <= old {
					m = old
				}
				if m == T(math.Inf(-1)) {
					clear(row)
					continue
				}
				if m != old {
					shrink := math.Exp(float64(old) - float64(m))
					sums[x] *= shrink
					if k > 0 {
						out := y[(i+r)*a.d:][:a.d]
						v.scale(out, out, T(shrink))
					}
					top[x] = m
				}
				v.exp(row, row, m)
				sums[x] += v.total(row)
			}
			a.tiler.Multiply(rows, a.d, cols, scores, keyBlock, 1, values, n, y[i*a.d:], a.d, k > 0)
		}
	}
	lse := a.out[1][h*a.l:]
	for i := from; i < to; i++ {
		out, sum := y[i*a.d:][:a.d], sums[i-from]
		if sum == 0 { // it sees no key
			clear(out)
			lse[i] = 0
			continue
		}
		v.scale(out, out, T(1/sum))
		lse[i] = T(float64(top[i-from]) + math.Log(sum))
	}
}

// seen returns how many of n keys from k on query i may see.
func (a *attention[T]) seen(i, k, n int) int {
	if a.causal {
		return max(0, min(n, i+1-k))
	}
	return n
}

// scores computes a block: of rows queries from i on with the first cols of the
// keys laid out. q becomes the queries, scaled.
func (a *attention[T]) scores(h, i, rows, cols int, q, keys, scores []T) {
	for r := range rows {
		a.v.scale(q[r*a.e:][:a.e], a.q.row(h, i+r, a.e), a.scale)
	}
	a.tiler.Multiply(rows, cols, a.e, q, a.e, 1, keys, a.e, scores, keyBlock, false)
}
