package tensor

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// An Idx is one entry of Index: an index, a range, an axis to insert, or a
// tensor of indices.
type Idx struct {
	kind              idxKind
	start, stop, step int
	tensor            *Tensor
}

type idxKind uint8

const (
	idxInt idxKind = iota
	idxRange
	idxNew
	idxEllipsis
	idxTensor
)

// End, as the stop of a range, means up to and including the last index.
const End = math.MaxInt

var (
	// All keeps an axis whole.
	All = Idx{kind: idxRange, stop: End, step: 1}
	// NewAxis inserts an axis of size 1.
	NewAxis = Idx{kind: idxNew}
	// Ellipsis stands for as many All as are missing.
	Ellipsis = Idx{kind: idxEllipsis}
)

// I picks one index and drops the axis; negative ones count from the end.
func I(i int) Idx { return Idx{start: i} }

// S keeps start <= i < stop, with Python's rules for negative and large
// bounds; see End.
func S(start, stop int) Idx { return SStep(start, stop, 1) }

// SStep is S with a step above 0.
func SStep(start, stop, step int) Idx {
	return Idx{kind: idxRange, start: start, stop: stop, step: step}
}

// At picks by a tensor of integers, or by a mask of bools, which stands for the
// indices where it holds (found by waiting for the device).
func At(t *Tensor) Idx { return Idx{kind: idxTensor, tensor: t} }

// Index returns the elements that NumPy's t[idx...] would: a view as long as no
// entry is a tensor, else a copy. The axes that tensors pick from become the
// axes of the broadcast indices, in the place of the first if they are
// neighbours, else in front. As in PyTorch an int beside tensors just drops its
// axis.
func (t *Tensor) Index(idx ...Idx) *Tensor {
	v, picks := t.basicIndex(idx)
	if picks == nil {
		return v
	}
	defer v.drop(t)
	defer freePicks(picks, idx)
	front, axes := v.picksFirst(picks)
	defer front.Free()
	r := one(op.IndexGet, nil, withPicks(picks, front)...)
	return placePicked(r, picks, axes)
}

// SetIndex copies values, which broadcast, to the elements that Index(idx...)
// returns. Where a tensor names an element twice, the last value stays. It is
// a change in place, of the elements alone: no gradient flows to values.
func (t *Tensor) SetIndex(values *Tensor, idx ...Idx) {
	deviceOf(nil, "setindex", []*Tensor{t, values})
	t.changeable("setindex")
	whole := t.Detach()
	defer whole.Free()
	v, picks := whole.basicIndex(idx)
	defer v.drop(whole)
	if picks == nil {
		v.CopyInPlace(values)
		return
	}
	defer freePicks(picks, idx)
	front, axes := v.picksFirst(picks)
	defer front.Free()
	Temporaries(t.Device(), func(b op.Builder) []op.Value {
		own := Owner(b)
		values := own.Own(values.Detach()).To(t.dtype)
		want := placePicked(one(op.IndexGet, nil, withPicks(picks, own.Own(front.Detach()))...), picks, axes)
		if _, err := values.view.Expand(want.view.Shape); err != nil {
			panic(newError("setindex", misfit(ErrShape, "values %v do not broadcast to the %v that the indices select", values.Shape(), want.Shape()), t))
		}
		values = unplacePicked(values.Expand(want.Shape()...), picks, axes)
		front.CopyInPlace(one(op.IndexPut, op.IndexPutAttrs{}, withPicks(picks, front, values)...))
		return nil
	})
}

type pick struct {
	axis int
	t    *Tensor
}

// withPicks appends the tensors of picks to ts.
func withPicks(picks []pick, ts ...*Tensor) []*Tensor {
	for _, p := range picks {
		ts = append(ts, p.t)
	}
	return ts
}

// freePicks frees the tensors of indices that basicIndex made.
func freePicks(picks []pick, idx []Idx) {
	for _, p := range picks {
		if !slices.ContainsFunc(idx, func(x Idx) bool { return x.tensor == p.t }) {
			p.t.Free()
		}
	}
}

// basicIndex applies all entries but the tensors, and says which axis of the
// result each of these picks from.
func (t *Tensor) basicIndex(idx []Idx) (*Tensor, []pick) {
	used, ellipsis := 0, false
	for _, x := range idx {
		switch x.kind {
		case idxInt, idxRange:
			used++
		case idxTensor:
			used += t.picked(x.tensor)
		case idxEllipsis:
			if ellipsis {
				panic(newError("index", errMessage("more than one Ellipsis"), t))
			}
			ellipsis = true
		}
	}
	if used > t.Rank() {
		panic(newError("index", misfit(ErrShape, "%d indices for %d axes", used, t.Rank()), t))
	}
	v, axis := t, 0
	step := func(next *Tensor) {
		v.drop(t)
		v = next
	}
	var picks []pick
	for _, x := range idx {
		switch x.kind {
		case idxInt:
			step(v.Select(axis, x.start))
		case idxRange:
			if x.start != 0 || x.stop != End || x.step != 1 {
				step(v.SliceStep(axis, x.start, x.stop, x.step))
			}
			axis++
		case idxNew:
			step(v.Unsqueeze(axis))
			axis++
		case idxEllipsis:
			axis += t.Rank() - used
		case idxTensor:
			if x.tensor.dtype == dtype.Bool {
				for k, where := range Nonzero(x.tensor) {
					if v.Dim(axis) != x.tensor.Dim(k) {
						panic(newError("index", misfit(ErrShape, "the mask has size %d where the axis has %d", x.tensor.Dim(k), v.Dim(axis)), t, x.tensor))
					}
					picks = append(picks, pick{axis, where})
					axis++
				}
				continue
			}
			picks = append(picks, pick{axis, x.tensor.To(dtype.Int64)})
			axis++
		}
	}
	return v, picks
}

// picked returns how many axes of t a tensor of indices, or a mask, stands for.
func (t *Tensor) picked(by *Tensor) int {
	deviceOf(nil, "index", []*Tensor{t, by})
	switch {
	case by.dtype.IsFloat():
		panic(newError("index", misfit(ErrDType, "indices are %v, want integers or a mask of bools", by.dtype), t, by))
	case by.dtype != dtype.Bool:
		return 1
	case by.Rank() == 0:
		panic(newError("index", misfit(ErrShape, "a mask has at least one axis"), t, by))
	}
	return by.Rank()
}

// Nonzero returns, for each axis of t, the indices of the elements that are
// not zero, in row-major order. It waits for the device.
func Nonzero(t *Tensor) []*Tensor {
	at := make([][]int64, t.Rank())
	idx := make([]int, t.Rank())
	for _, x := range t.Float64s() {
		if x != 0 {
			for a, i := range idx {
				at[a] = append(at[a], int64(i))
			}
		}
		shape.Next(idx, t.Shape())
	}
	res := make([]*Tensor, t.Rank())
	for a := range res {
		res[a] = From(t.Device(), at[a], len(at[a]))
	}
	return res
}

// picksFirst permutes the axes that are picked from to the front.
func (t *Tensor) picksFirst(picks []pick) (front *Tensor, axes []int) {
	picked := make([]bool, t.Rank())
	for _, p := range picks {
		axes = append(axes, p.axis)
		picked[p.axis] = true
	}
	for a := range picked {
		if !picked[a] {
			axes = append(axes, a)
		}
	}
	return t.Permute(axes...), axes
}

// placePicked moves the axes that came from picking, which IndexGet leaves in
// front, to the place of the first pick if the picked axes were neighbours, as
// NumPy does.
func placePicked(r *Tensor, picks []pick, axes []int) *Tensor {
	order := pickOrder(r.Rank(), picks, axes)
	if order == nil {
		return r
	}
	defer r.Free()
	return r.Permute(order...)
}

// unplacePicked undoes placePicked.
func unplacePicked(r *Tensor, picks []pick, axes []int) *Tensor {
	order := pickOrder(r.Rank(), picks, axes)
	if order == nil {
		return r
	}
	back := make([]int, len(order))
	for i, a := range order {
		back[a] = i
	}
	return r.Permute(back...)
}

func pickOrder(rank int, picks []pick, axes []int) []int {
	first := picks[0].axis
	for i, p := range picks {
		if p.axis != first+i {
			return nil
		}
	}
	lead := rank - (len(axes) - len(picks)) // axes that came from picking
	var order []int
	for i := range first {
		order = append(order, lead+i)
	}
	for i := range lead {
		order = append(order, i)
	}
	for i := lead + first; i < rank; i++ {
		order = append(order, i)
	}
	return order
}
