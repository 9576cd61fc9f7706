package cpu

import (
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
)

// attendBackward computes the gradients by q, k and v from weights that are computed
// again, block by block. A thread takes a head of k with all queries; if there
// are too few heads, blocks of keys for the gradients by k and v, then blocks of
// queries for that by q. The terms of a sum come in the same order either way.
func attendBackward[T float32 | float64](a *attention[T]) {
	heads := a.heads / max(a.group, 1)
	for _, mem := range a.out {
		clear(mem)
	}
	if a.l == 0 || a.s == 0 {
		return
	}
	if heads >= par.Workers() {
		par.For(heads, 1, func(lo, hi int) {
			for h := lo; h < hi; h++ {
				a.back(backUnit{h * a.group, (h + 1) * a.group, 0, a.l, 0, a.s, true, true})
			}
		})
		return
	}
	units := (a.s + keyBlock - 1) / keyBlock
	par.For(heads*units, 1, func(lo, hi int) {
		for u := lo; u < hi; u++ {
			h, k := u/units, u%units*keyBlock
			a.back(backUnit{h * a.group, (h + 1) * a.group, 0, a.l, k, min(k+keyBlock, a.s), false, true})
		}
	})
	parts := (a.l + unitQueries - 1) / unitQueries
	par.For(a.heads*parts, 1, func(lo, hi int) {
		for u := lo; u < hi; u++ {
			h, i := u/parts, u%parts*unitQueries
			a.back(backUnit{h, h + 1, i, min(i+unitQueries, a.l), 0, a.s, true, false})
		}
	})
}

// backUnit is some heads of q that share their keys, some queries of each, and
// some keys.
type backUnit struct {
	firstHead, endHead   int
	firstQuery, endQuery int
	firstKey, endKey     int
	wantQ, wantKV        bool
}

func (a *attention[T]) back(u backUnit) {
	v, t, block := a.v, a.tiler, a.queryBlock()
	rs := keyBlock
	parts, b := scratch.Parts[T](t.Size(a.e, rs), t.Size(a.d, rs), t.Size(rs, a.e), t.Size(block, a.e), t.Size(block, a.d), block*a.e, block*rs, block*rs, rs)
	defer b.Put()
	keysT, valuesT, keys := parts[0], parts[1], parts[2] // panels
	queries, cotangents := parts[3], parts[4]            // panels
	q, weights, grads, tmp := parts[5], parts[6], parts[7], parts[8]
	first := u.firstHead / a.group
	dk, dv := a.out[1][first*a.s*a.e:], a.out[2][first*a.s*a.d:]
	for k := u.firstKey; k < u.endKey; k += keyBlock {
		n := min(keyBlock, a.s-k)
		t.Pack(keysT, a.k.from(u.firstHead, k), 1, a.k.rs, a.e, n)
		t.Pack(valuesT, a.val.from(u.firstHead, k), 1, a.val.rs, a.d, n)
		if u.wantQ {
			t.Pack(keys, a.k.from(u.firstHead, k), a.k.rs, 1, n, a.e)
		}
		for h := u.firstHead; h < u.endHead; h++ {
			dq := a.out[0][h*a.l*a.e:]
			for i := u.firstQuery; i < u.endQuery; i += block {
				rows := min(block, u.endQuery-i)
				cols := a.seen(i+rows-1, k, n)
				if cols == 0 {
					continue
				}
				a.scores(h, i, rows, cols, q, keysT, weights)
				t.Multiply(rows, cols, a.d, a.g.from(h, i), a.g.rs, 1, valuesT, a.d, grads, rs, false)
				for r := range rows {
					p, g := weights[r*rs:][:cols], grads[r*rs:][:cols]
					seen := a.seen(i+r, k, n)
					clear(p[seen:])
					clear(g[seen:])
					p, g = p[:seen], g[:seen]
					a.mask.apply(v, h, i+r, k, p, tmp)
					at := h*a.l + i + r
					v.exp(p, p, a.lse[at])
					v.addScalar(g, g, -a.delta[at])
					v.mul(g, g, p)
				}
				if u.wantKV {
					t.Pack(queries, q, a.e, 1, rows, a.e)
					t.Pack(cotangents, a.g.from(h, i), a.g.rs, 1, rows, a.d)
					t.Multiply(cols, a.e, rows, grads, 1, rs, queries, rows, dk[k*a.e:], a.e, true)
					t.Multiply(cols, a.d, rows, weights, 1, rs, cotangents, rows, dv[k*a.d:], a.d, true)
				}
				if u.wantQ {
					t.Multiply(rows, a.e, cols, grads, rs, 1, keys, n, dq[i*a.e:], a.e, true)
				}
			}
		}
	}
	if u.wantQ {
		for h := u.firstHead; h < u.endHead; h++ {
			dq := a.out[0][(h*a.l+u.firstQuery)*a.e:][:(u.endQuery-u.firstQuery)*a.e]
			v.scale(dq, dq, a.scale)
		}
	}
}
