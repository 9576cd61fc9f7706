package tensor

// AddMatMul returns beta*t + alpha*(a·b), the product as MatMul has it; t
// broadcasts to it and does not count, not even its NaN, if beta is 0.
func (t *Tensor) AddMatMul(a, b *Tensor, beta, alpha float64) *Tensor {
	deviceOf(nil, "addmatmul", []*Tensor{t, a, b})
	return t.plus("addmatmul", a.MatMul(b), beta, alpha)
}

// AddMatMulSum is AddMatMul with the products of a batch [b, n, k], [b, k, m]
// added up: [n, m].
func (t *Tensor) AddMatMulSum(a, b *Tensor, beta, alpha float64) *Tensor {
	deviceOf(nil, "addmatmulsum", []*Tensor{t, a, b})
	if a.Rank() != 3 || b.Rank() != 3 || a.Dim(0) != b.Dim(0) || a.Dim(2) != b.Dim(1) {
		panic(newError("addmatmulsum", misfit(ErrShape, "want [b, n, k] and [b, k, m]"), t, a, b))
	}
	rows := a.Transpose(0, 1).Reshape(a.Dim(1), a.Dim(0)*a.Dim(2))
	return t.plus("addmatmulsum", rows.MatMul(b.Reshape(b.Dim(0)*b.Dim(1), b.Dim(2))), beta, alpha)
}

// AddOuter returns beta*t + alpha*u⊗v for vectors u and v; see AddMatMul.
func (t *Tensor) AddOuter(u, v *Tensor, beta, alpha float64) *Tensor {
	deviceOf(nil, "addouter", []*Tensor{t, u, v})
	return t.plus("addouter", u.Outer(v), beta, alpha)
}

func (t *Tensor) plus(name string, product *Tensor, beta, alpha float64) *Tensor {
	defer product.Free()
	if _, err := t.view.Expand(product.Shape()); err != nil {
		panic(newError(name, misfit(ErrShape, "%v does not broadcast to the product, %v", t.Shape(), product.Shape()), t))
	}
	if beta == 0 {
		return product.MulScalar(alpha)
	}
	x := t
	if beta != 1 {
		x = t.MulScalar(beta)
		defer x.Free()
	}
	if alpha == 1 {
		return x.Add(product)
	}
	scaled := product.MulScalar(alpha)
	defer scaled.Free()
	return x.Add(scaled)
}

// Dot returns the sum of the products of two vectors.
func (t *Tensor) Dot(u *Tensor) *Tensor {
	deviceOf(nil, "dot", []*Tensor{t, u})
	if t.Rank() != 1 || u.Rank() != 1 {
		panic(newError("dot", misfit(ErrShape, "want two vectors"), t, u))
	}
	return t.MatMul(u)
}

// Inner returns the sums of products over the last axes: [..., n] and [,,, n]
// give [..., ,,,]. A scalar multiplies.
func (t *Tensor) Inner(u *Tensor) *Tensor {
	deviceOf(nil, "inner", []*Tensor{t, u})
	if t.Rank() == 0 || u.Rank() == 0 {
		return t.Mul(u)
	}
	return t.TensorDot(u, []int{-1}, []int{-1})
}

// TensorDot returns the sums of products over pairs of axes, left[i] of t with
// right[i] of u; the other axes of t, then of u, remain.
func (t *Tensor) TensorDot(u *Tensor, left, right []int) *Tensor {
	deviceOf(nil, "tensordot", []*Tensor{t, u})
	if len(left) != len(right) {
		panic(newError("tensordot", misfit(ErrAttr, "%d axes with %d", len(left), len(right)), t, u))
	}
	sum := func(t *Tensor, axes []int) (kept, summed, sizes []int) {
		is := make([]bool, t.Rank())
		for _, a := range axes {
			a = t.axis("tensordot", a)
			is[a] = true
			summed = append(summed, a)
		}
		for a, s := range is {
			if !s {
				kept, sizes = append(kept, a), append(sizes, t.Dim(a))
			}
		}
		return kept, summed, sizes
	}
	keptT, summedT, sizesT := sum(t, left)
	keptU, summedU, sizesU := sum(u, right)
	n, k, m := 1, 1, 1
	for _, s := range sizesT {
		n *= s
	}
	for _, s := range sizesU {
		m *= s
	}
	for i, a := range summedT {
		if t.Dim(a) != u.Dim(summedU[i]) {
			panic(newError("tensordot", misfit(ErrShape, "axis %d has size %d and axis %d has %d", left[i], t.Dim(a), right[i], u.Dim(summedU[i])), t, u))
		}
		k *= t.Dim(a)
	}
	a := t.Permute(append(own(keptT), summedT...)...).Reshape(n, k)
	b := u.Permute(append(own(summedU), keptU...)...).Reshape(k, m)
	return a.MatMul(b).Reshape(append(own(sizesT), sizesU...)...)
}

// Kron returns the Kronecker product: each element of t times u as a whole.
func (t *Tensor) Kron(u *Tensor) *Tensor {
	deviceOf(nil, "kron", []*Tensor{t, u})
	n := max(t.Rank(), u.Rank())
	var a, b, s []int
	for i := range n {
		x, y := 1, 1
		if k := i - (n - t.Rank()); k >= 0 {
			x = t.Dim(k)
		}
		if k := i - (n - u.Rank()); k >= 0 {
			y = u.Dim(k)
		}
		a, b, s = append(a, x, 1), append(b, 1, y), append(s, x*y)
	}
	return t.Reshape(a...).Mul(u.Reshape(b...)).Reshape(s...)
}
