package tensor

import (
	"math"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// Systems of equations and what follows from them. The matrices are the last
// two axes; leading axes are batches. They are taken apart on the host, in
// float64, whatever the device and the type: each call waits for the device and
// moves its operands there and the result back. Gradients are products and
// further systems, and differentiable again.

// Solve returns x with t·x = b, for t [..., n, n] and b [..., n, k]; batches
// broadcast. A singular matrix is an error.
func (t *Tensor) Solve(b *Tensor) *Tensor {
	deviceOf(nil, "solve", []*Tensor{t, b})
	n := t.square("solve", b)
	if b.Rank() < 2 || b.Dim(-2) != n || b.dtype != t.dtype {
		panic(newError("solve", misfit(ErrShape, "want b [..., %d, k] of the same type", n), t, b))
	}
	batch, err := shape.Broadcast(t.Shape()[:t.Rank()-2], b.Shape()[:b.Rank()-2])
	if err != nil {
		panic(newError("solve", misfit(ErrShape, "%v", err), t, b))
	}
	k := b.Dim(-1)
	a := t.Expand(append(own(batch), n, n)...)
	y := b.Expand(append(own(batch), n, k)...)
	left, right := a.Float64s(), y.Float64s()
	for i := range shape.Numel(batch) {
		f := factor(left[i*n*n:(i+1)*n*n], n)
		if f.singular() {
			panic(newError("solve", errMessage("matrix %d of the batch is singular", i), t, b))
		}
		f.solve(right[i*n*k:(i+1)*n*k], k)
	}
	x := a.result(right, y.Shape())
	return record(&op.Op{Name: "solve", SaveIn: op.Nth(0), SaveOut: op.Nth(0), Grad: func(b op.Builder, c *op.GradContext) []op.Value {
		in := taken(b, c.In[0], c.Out[0], c.G[0])
		g := in[0].T().Solve(in[2])
		return []op.Value{g.MatMul(in[1].T()).Neg(), g}
	}}, x, a, y)
}

// Inverse returns the inverse of square matrices.
func (t *Tensor) Inverse() *Tensor {
	n := t.square("inverse", t)
	eye := Eye(t.Device(), t.dtype, n, n)
	defer eye.Free()
	return t.Solve(eye)
}

// Det returns the determinants of square matrices. That of a singular one has
// no gradient here.
func (t *Tensor) Det() *Tensor {
	d, _ := t.determinant("det")
	return record(&op.Op{Name: "det", SaveIn: op.Nth(0), SaveOut: op.Nth(0), Grad: func(b op.Builder, c *op.GradContext) []op.Value {
		in := taken(b, c.In[0], c.Out[0], c.G[0])
		return []op.Value{in[0].Inverse().T().Mul(in[2].Mul(in[1]).Unsqueeze(-1).Unsqueeze(-1))}
	}}, t.result(d, t.Shape()[:t.Rank()-2]), t)
}

// LogDet returns the signs of the determinants, and the logarithms of their
// magnitudes, which do not overflow.
func (t *Tensor) LogDet() (sign, logarithm *Tensor) {
	d, l := t.determinant("logdet")
	for i, x := range d {
		if d[i] = 0; x != 0 {
			d[i] = math.Copysign(1, x)
		}
	}
	sign = t.result(d, t.Shape()[:t.Rank()-2])
	return sign, record(&op.Op{Name: "logdet", SaveIn: op.Nth(0), Grad: func(b op.Builder, c *op.GradContext) []op.Value {
		in := taken(b, c.In[0], c.G[0])
		return []op.Value{in[0].Inverse().T().Mul(in[1].Unsqueeze(-1).Unsqueeze(-1))}
	}}, t.result(l, t.Shape()[:t.Rank()-2]), t)
}

// determinant returns signed determinants and logarithms of their magnitudes.
func (t *Tensor) determinant(name string) (d, l []float64) {
	n := t.square(name, t)
	x := t.Float64s()
	for i := range shape.Numel(t.Shape()[:t.Rank()-2]) {
		f := factor(x[i*n*n:(i+1)*n*n], n)
		det, log := f.sign, 0.0
		for k := range n {
			det *= f.lu[k*n+k]
			log += math.Log(math.Abs(f.lu[k*n+k]))
		}
		d, l = append(d, det), append(l, log)
	}
	return d, l
}

// MatrixPower returns the product of n copies of square matrices, of their
// inverses if n is negative.
func (t *Tensor) MatrixPower(n int) *Tensor {
	size := t.square("matrixpower", t)
	base := t
	if n < 0 {
		base, n = t.Inverse(), -n
	}
	var p *Tensor
	for ; n > 0; n /= 2 {
		if n%2 == 1 && p == nil {
			p = base
		} else if n%2 == 1 {
			p = p.MatMul(base)
		}
		if n > 1 {
			base = base.MatMul(base)
		}
	}
	if p == nil { // the unit matrix, which t has a zero gradient in
		return t.MulScalar(0).Add(Eye(t.Device(), t.dtype, size, size))
	}
	return p.Reshape(p.Shape()...)
}

// square returns the size of square matrices.
func (t *Tensor) square(name string, operands ...*Tensor) int {
	if t.Rank() < 2 || t.Dim(-1) != t.Dim(-2) || !t.dtype.IsFloat() {
		panic(newError(name, misfit(ErrShape, "want square matrices [..., n, n] of floats"), operands...))
	}
	return t.Dim(-1)
}

// result moves numbers from the host to t's device.
func (t *Tensor) result(x []float64, sizes []int) *Tensor {
	r := From(t.Device(), x, own(sizes)...)
	if t.dtype == r.dtype {
		return r
	}
	defer r.Free()
	return r.To(t.dtype)
}

// record makes y the work of o.
func record(o *op.Op, y *Tensor, in ...*Tensor) *Tensor {
	Inherit(in, []*Tensor{y})
	if recorded(in) {
		Record(o, nil, in, []*Tensor{y})
	}
	return y
}

// taken returns the tensors of a gradient rule, such that what is computed from
// them is recorded, or else goes with the temporaries of b.
func taken(b op.Builder, values ...op.Value) []*Tensor {
	a := Owner(b)
	l := make([]*Tensor, len(values))
	for i, v := range values {
		if l[i] = v.(*Tensor); a != nil {
			l[i] = a.Own(l[i].Detach().Keep())
		}
	}
	return l
}
