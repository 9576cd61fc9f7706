package tensor

// MeshGrid returns, for vectors (or scalars) of sizes n1, n2, ..., tensors of
// shape [n1, n2, ...] that vary along one axis each.
func MeshGrid(in ...*Tensor) []*Tensor {
	sizes := make([]int, len(in))
	for i, t := range in {
		if t.Rank() > 1 {
			panic(newError("meshgrid", misfit(ErrShape, "operand %d: want a vector", i), in...))
		}
		sizes[i] = t.Numel()
	}
	out := make([]*Tensor, len(in))
	for i, t := range in {
		s := make([]int, len(in))
		for k := range s {
			s[k] = 1
		}
		s[i] = sizes[i]
		row := t.Reshape(s...)
		out[i] = row.Expand(sizes...)
		row.Free()
	}
	return out
}

// CartesianProd returns all choices of one element of each vector, [n, k]; the
// last varies fastest. Of one vector it is the vector.
func CartesianProd(in ...*Tensor) *Tensor {
	if len(in) == 1 {
		return in[0].Reshape(in[0].Shape()...)
	}
	cols := MeshGrid(in...)
	for i, t := range cols {
		cols[i] = t.Reshape(-1)
	}
	return Stack(1, cols...)
}

// Combinations returns all choices of r elements of a vector in their order,
// [n, r]; with replacement an element may be chosen more than once.
func (t *Tensor) Combinations(r int, replacement bool) *Tensor {
	if t.Rank() != 1 || r < 0 {
		panic(newError("combinations", misfit(ErrShape, "of %d elements each, want a vector and at least 0", r), t))
	}
	var at []int64
	var choose func(chosen []int64, from int)
	choose = func(chosen []int64, from int) {
		if len(chosen) == r {
			at = append(at, chosen...)
			return
		}
		for i := from; i < t.Numel(); i++ {
			next := i + 1
			if replacement {
				next = i
			}
			choose(append(chosen[:len(chosen):len(chosen)], int64(i)), next)
		}
	}
	if r == 0 {
		return Empty(t.Device(), t.dtype, 0)
	}
	choose(nil, 0)
	index := From(t.Device(), at, len(at))
	defer index.Free()
	flat := t.IndexSelect(0, index)
	defer flat.Free()
	return flat.Reshape(len(at)/r, r)
}

// BlockDiag returns the matrix with the given matrices (vectors are rows) on
// its diagonal, and zeros elsewhere.
func BlockDiag(in ...*Tensor) *Tensor {
	if len(in) == 0 {
		panic(newError("blockdiag", errMessage("want at least one matrix")))
	}
	blocks := make([]*Tensor, len(in))
	width := 0
	for i, t := range in {
		if t.Rank() > 2 {
			panic(newError("blockdiag", misfit(ErrShape, "operand %d: want a matrix", i), in...))
		}
		if blocks[i] = t; t.Rank() < 2 {
			blocks[i] = t.Reshape(1, t.Numel())
		}
		width += blocks[i].Dim(1)
	}
	left := 0
	for i, b := range blocks {
		n := b.Dim(1)
		blocks[i] = b.Pad([]int{0, left}, []int{0, width - left - n}, 0)
		left += n
	}
	return Concat(0, blocks...)
}
