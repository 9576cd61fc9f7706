package cpu

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// matrixSet is the matrices of an operand: that of head h begins at at[h], and
// its rows, contiguous, rs apart.
type matrixSet[T any] struct {
	mem []T
	at  []int
	rs  int
}

func (m *matrixSet[T]) row(h, i, n int) []T { return m.mem[m.at[h]+i*m.rs:][:n] }
func (m *matrixSet[T]) from(h, i int) []T   { return m.mem[m.at[h]+i*m.rs:] }

// flat returns the elements of v in row-major order.
func flat[T any](h *holder, v *backend.View) []T {
	mem, b := contiguous[T](v)
	h.blocks = append(h.blocks, b)
	return mem
}

// wide is flat, for elements that may be of 16 bits.
func wide[T any](h *holder, v *backend.View, from func([]float32, []uint16)) []T {
	if v.DType.Size() != 2 {
		return flat[T](h, v)
	}
	mem, b := widen(v, from)
	h.blocks = append(h.blocks, b)
	return words[T](mem)
}

// matricesOf finds the matrices of v [..., rows, columns], stretched to the
// leading axes; each serves group heads.
func matricesOf[T any](h *holder, v *backend.View, lead []int, group int, from func([]float32, []uint16)) matrixSet[T] {
	n := len(v.Shape) - 2
	mem, strides := []T(nil), v.Strides
	if v.DType.Size() == 2 || strides[n+1] != 1 && v.Shape[n+1] > 1 || v.Numel() == 0 {
		mem, strides = wide[T](h, v, from), shape.Strides(v.Shape)
	} else {
		mem = elements[T](v)
	}
	return matrixSet[T]{mem, places(v.Shape[:n], strides[:n], lead, group), strides[n]}
}

// places lists where an operand of the given leading axes has each head.
func places(s, strides, lead []int, group int) []int {
	at := make([]int, shape.Numel(lead))
	skip := len(lead) - len(s)
	for h := range at {
		for i, rest := len(lead)-1, h; i >= skip; i-- {
			x := rest % lead[i]
			rest /= lead[i]
			if i == len(lead)-1 {
				x /= group
			}
			if s[i-skip] != 1 {
				at[h] += x * strides[i-skip]
			}
		}
	}
	return at
}

// maskSet says what is added to scores, or which of them stay.
type maskSet[T float32 | float64] struct {
	matrixSet[T]
	cs   int  // 0 or 1: the stride along keys
	keep bool // a mask of bits: which scores stay
}

func maskOf[T float32 | float64](h *holder, v *backend.View, scores []int, from func([]float32, []uint16)) maskSet[T] {
	var m maskSet[T]
	if m.keep = v.DType == dtype.Bool; m.keep {
		m.mem = borrow[T](h, v.Numel())
		all := T(math.Float64frombits(math.MaxUint64))
		if b, ok := any(m.mem).([]float32); ok {
			for i, x := range flat[uint8](h, v) {
				b[i] = math.Float32frombits(-uint32(x))
			}
		} else {
			for i, x := range flat[uint8](h, v) {
				if m.mem[i] = 0; x != 0 {
					m.mem[i] = all
				}
			}
		}
	} else {
		m.mem = wide[T](h, v, from)
	}
	n := len(scores) - 2
	strides := denseMatrices(v, scores)
	m.at = places(scores[:n], strides[:n], scores[:n], 1)
	own := v.Shape[max(len(v.Shape)-2, 0):] // axes of size 1, or none, are stretched
	if len(own) == 2 && own[0] != 1 {
		m.rs = strides[n]
	}
	if len(own) > 0 && own[len(own)-1] != 1 {
		m.cs = 1
	}
	return m
}

// apply masks a row of scores: those of query i of head h with the keys from k
// on. tmp has room for a row.
func (m *maskSet[T]) apply(v *vectors[T], h, i, k int, row, tmp []T) {
	if m.mem == nil {
		return
	}
	by := m.mem[m.at[h]+i*m.rs:]
	if m.cs == 1 {
		by = by[k:][:len(row)]
	} else {
		x := by[0]
		by = tmp[:len(row)]
		for j := range by {
			by[j] = x
		}
	}
	if m.keep {
		v.hide(row, by)
	} else {
		v.add(row, row, by)
	}
}
