package tensor

// SplitAt cuts an axis before each of the given indices, clamped as in Slice:
// one piece more than there are indices.
func (t *Tensor) SplitAt(axis int, at ...int) []*Tensor {
	pieces := make([]*Tensor, 0, len(at)+1)
	start := 0
	for _, i := range at {
		pieces = append(pieces, t.Slice(axis, start, i))
		start = i
	}
	return append(pieces, t.Slice(axis, start, End))
}

// SplitSizes cuts an axis into pieces of the given sizes, which add up to it.
func (t *Tensor) SplitSizes(axis int, sizes ...int) []*Tensor {
	pieces := make([]*Tensor, len(sizes))
	start := 0
	for i, n := range sizes {
		if n < 0 {
			panic(newError("splitsizes", misfit(ErrAttr, "a piece of size %d", n), t))
		}
		if start+n > t.Dim(axis) {
			break
		}
		pieces[i] = t.Slice(axis, start, start+n)
		start += n
	}
	sum := 0
	for _, n := range sizes {
		sum += n
	}
	if sum != t.Dim(axis) {
		panic(newError("splitsizes", misfit(ErrShape, "pieces %v for axis %d of size %d", sizes, axis, t.Dim(axis)), t))
	}
	return pieces
}

// SplitInto cuts an axis into n pieces whose sizes differ by at most one, the
// larger first.
func (t *Tensor) SplitInto(axis, n int) []*Tensor {
	if n <= 0 {
		panic(newError("splitinto", misfit(ErrAttr, "%d pieces, want at least one", n), t))
	}
	size := t.Dim(axis)
	pieces := make([]*Tensor, n)
	start := 0
	for i := range pieces {
		end := start + size/n
		if i < size%n {
			end++
		}
		pieces[i] = t.Slice(axis, start, end)
		start = end
	}
	return pieces
}

// HSplit cuts axis 1, of vectors axis 0, into n equal pieces; VSplit and DSplit
// cut axis 0 of two axes or more and axis 2. A size that n does not divide is an
// error: see SplitInto.
func (t *Tensor) HSplit(n int) []*Tensor {
	if t.Rank() == 1 {
		return t.splitEqually("hsplit", 0, 1, n)
	}
	return t.splitEqually("hsplit", 1, 1, n)
}

// VSplit cuts axis 0 into n equal pieces; see HSplit.
func (t *Tensor) VSplit(n int) []*Tensor { return t.splitEqually("vsplit", 0, 2, n) }

// DSplit cuts axis 2 into n equal pieces; see HSplit.
func (t *Tensor) DSplit(n int) []*Tensor { return t.splitEqually("dsplit", 2, 3, n) }

func (t *Tensor) splitEqually(name string, axis, rank, n int) []*Tensor {
	if t.Rank() < rank {
		panic(newError(name, misfit(ErrShape, "want %d axes or more", rank), t))
	}
	if n <= 0 || t.Dim(axis)%n != 0 {
		panic(newError(name, misfit(ErrShape, "axis %d of size %d does not divide into %d equal pieces", axis, t.Dim(axis), n), t))
	}
	return t.SplitInto(axis, n)
}

// HStack joins tensors along axis 1, vectors and scalars along axis 0.
func HStack(in ...*Tensor) *Tensor {
	in = atLeast(1, in)
	if len(in) > 0 && in[0].Rank() == 1 {
		return Concat(0, in...)
	}
	return Concat(1, in...)
}

// VStack joins tensors along axis 0; vectors are rows.
func VStack(in ...*Tensor) *Tensor { return Concat(0, atLeast(2, in)...) }

// DStack joins tensors along axis 2; see AtLeast.
func DStack(in ...*Tensor) *Tensor { return Concat(2, atLeast(3, in)...) }

// ColumnStack joins tensors along axis 1; vectors and scalars are columns.
func ColumnStack(in ...*Tensor) *Tensor {
	cols := make([]*Tensor, len(in))
	for i, t := range in {
		if cols[i] = t; t.Rank() < 2 {
			cols[i] = t.Reshape(t.Numel(), 1)
		}
	}
	return Concat(1, cols...)
}

func atLeast(n int, in []*Tensor) []*Tensor {
	out := make([]*Tensor, len(in))
	for i, t := range in {
		out[i] = t.AtLeast(n)
	}
	return out
}
