// Package linalg takes matrices apart: singular values, eigenvalues, QR, LU,
// least squares and what follows from them. The simpler systems, Solve, Inverse,
// Cholesky and the determinants, are methods of package tensor.
//
// Matrices are the last two axes; leading axes are batches. The work is done on
// the host, in float64, by gonum's LAPACK, whatever the device and the type: each
// call waits for the device, and moves its operands there and its results back.
// Gradients are products and systems on the tensors' own device, and can be
// differentiated again. They are those of real matrices.
//
// Misuse is a panic with a *tensor.Error, as everywhere; so is an iteration that
// does not converge, which NaN and infinities cause.
package linalg

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// failure is an error about an operand, of the kind of err.
func failure(name string, t *tensor.Tensor, kind error, format string, args ...any) *tensor.Error {
	err := fmt.Errorf(format, args...)
	if kind != nil {
		err = fmt.Errorf("%w: %w", kind, err)
	}
	return &tensor.Error{
		Op: name, Err: err, Site: tensor.CallSite(),
		Shapes: [][]int{t.Shape()}, DTypes: []dtype.DType{t.DType()}, Devices: []string{t.Device().Info().Name},
	}
}

// sizes returns the rows and columns of matrices and the shape of their batch.
func sizes(name string, t *tensor.Tensor) (m, n int, batch []int) {
	if t.Rank() < 2 || !t.DType().IsFloat() {
		panic(failure(name, t, tensor.ErrShape, "want matrices [..., m, n] of floats"))
	}
	return t.Dim(-2), t.Dim(-1), slices.Clone(t.Shape()[:t.Rank()-2])
}

// square returns the size of square matrices.
func square(name string, t *tensor.Tensor) (n int, batch []int) {
	m, n, batch := sizes(name, t)
	if m != n {
		panic(failure(name, t, tensor.ErrShape, "want square matrices [..., n, n]"))
	}
	return n, batch
}

// each calls f with every matrix of a batch, as gonum has them. Those without
// elements, which gonum does not know, are left out.
func each(t *tensor.Tensor, m, n int, batch []int, f func(i int, a *mat.Dense)) {
	x := t.Float64s()
	if m*n == 0 {
		return
	}
	for i := range shape.Numel(batch) {
		f(i, mat.NewDense(m, n, x[i*m*n:(i+1)*m*n]))
	}
}

// stack collects results of a batch, each of the given shape.
type stack struct {
	data  []float64
	sizes []int
	step  int
}

func newStack(batch []int, each ...int) *stack {
	s := &stack{sizes: append(slices.Clone(batch), each...), step: shape.Numel(each)}
	s.data = make([]float64, shape.Numel(s.sizes))
	return s
}

// at returns the place of result i.
func (s *stack) at(i int) []float64 { return s.data[i*s.step : (i+1)*s.step] }

// put stores the upper left corner of m as result i.
func (s *stack) put(i int, m mat.Matrix) {
	rows, cols := s.sizes[len(s.sizes)-2], s.sizes[len(s.sizes)-1]
	for r := range rows {
		for c := range cols {
			s.at(i)[r*cols+c] = m.At(r, c)
		}
	}
}

// unit makes all results unit matrices, for what is empty.
func (s *stack) unit() {
	n := s.sizes[len(s.sizes)-1]
	for i := range s.data {
		if at := i % s.step; at/n == at%n {
			s.data[i] = 1
		}
	}
}

// like moves the results to t's device, in its type.
func (s *stack) like(t *tensor.Tensor) *tensor.Tensor {
	return tensor.From(tensor.CPU(), s.data, s.sizes...).To(t.DType()).ToDevice(t.Device())
}

// like64 moves whole numbers there.
func (s *stack) like64(t *tensor.Tensor) *tensor.Tensor {
	return tensor.From(tensor.CPU(), s.data, s.sizes...).To(dtype.Int64).ToDevice(t.Device())
}

// general is a as LAPACK has it; both have the same elements.
func general(a *mat.Dense) blas64.General { return a.RawMatrix() }

// T keeps signatures short.
type T = tensor.Tensor

// rule is a custom function of autograd.
type rule struct {
	forward  func(c *autograd.Context, in ...*T) []*T
	backward func(c *autograd.Context, g ...*T) []*T
}

func (r rule) Forward(c *autograd.Context, in ...*T) []*T { return r.forward(c, in...) }
func (r rule) Backward(c *autograd.Context, g ...*T) []*T { return r.backward(c, g...) }

// eye is the unit matrix of n rows beside t.
func eye(t *T, n int) *T { return tensor.Eye(t.Device(), t.DType(), n, n) }

// rows scales the rows of m by v, columns its columns.
func rows(m, v *T) *T    { return m.Mul(v.Unsqueeze(-1)) }
func columns(m, v *T) *T { return m.Mul(v.Unsqueeze(-2)) }

// gaps returns the matrices v[j]-v[i], with ones on the diagonal.
func gaps(v *T) *T {
	return v.Unsqueeze(-2).Sub(v.Unsqueeze(-1)).Add(eye(v, v.Dim(-1)))
}
