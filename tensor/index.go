package tensor

import (
	"math"

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
// entry is a tensor, else a copy.
func (t *Tensor) Index(idx ...Idx) *Tensor {
	v, picks := t.basicIndex(idx)
	if picks == nil {
		return v
	}
	front, axes := v.picksFirst(picks)
	r := Apply(nil, op.IndexGet, nil, append([]*Tensor{front}, tensorsOf(picks)...)...)[0]
	return placePicked(r, picks, axes)
}

// SetIndex copies values, which broadcast, to the elements that Index(idx...)
// returns. Where a tensor names an element twice, the last value stays. It is
// a change in place: see AddInPlace.
func (t *Tensor) SetIndex(values *Tensor, idx ...Idx) {
	if t.requires {
		panic(newError("setindex", errMessage("a tensor that requires a gradient cannot be changed in place; change t.Detach(), which shares its elements"), t))
	}
	v, picks := t.NoGrad().basicIndex(idx)
	v.frozen = false
	values = values.NoGrad().To(t.dtype)
	if picks == nil {
		v.CopyInPlace(values)
		return
	}
	front, axes := v.picksFirst(picks)
	want := placePicked(Apply(nil, op.IndexGet, nil, append([]*Tensor{front}, tensorsOf(picks)...)...)[0], picks, axes)
	values = unplacePicked(values.Expand(want.Shape()...), picks, axes)
	front.CopyInPlace(Apply(nil, op.IndexPut, op.IndexPutAttrs{}, append([]*Tensor{front, values}, tensorsOf(picks)...)...)[0])
}

type pick struct {
	axis int
	t    *Tensor
}

func tensorsOf(picks []pick) []*Tensor {
	ts := make([]*Tensor, len(picks))
	for i, p := range picks {
		ts[i] = p.t
	}
	return ts
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
			used += max(1, boolRank(x.tensor))
		case idxEllipsis:
			if ellipsis {
				panic(newError("index", errMessage("more than one Ellipsis"), t))
			}
			ellipsis = true
		}
	}
	if used > t.Rank() {
		panic(newError("index", errMessage("%d indices for %d axes", used, t.Rank()), t))
	}
	v, axis := t, 0
	var picks []pick
	for _, x := range idx {
		switch x.kind {
		case idxInt:
			v = v.Select(axis, x.start)
		case idxRange:
			if x.start != 0 || x.stop != End || x.step != 1 {
				v = v.SliceStep(axis, x.start, x.stop, x.step)
			}
			axis++
		case idxNew:
			v = v.Unsqueeze(axis)
			axis++
		case idxEllipsis:
			axis += t.Rank() - used
		case idxTensor:
			if x.tensor.dtype == dtype.Bool {
				for k, where := range Nonzero(x.tensor) {
					if v.Dim(axis) != x.tensor.Dim(k) {
						panic(newError("index", errMessage("the mask does not fit axis %d of size %d", axis, v.Dim(axis)), t, x.tensor))
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

func boolRank(t *Tensor) int {
	if t.dtype == dtype.Bool {
		return t.Rank()
	}
	return 1
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
