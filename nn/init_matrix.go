package nn

import (
	"math"
	"math/rand/v2"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// Eye makes a matrix the identity, as far as it goes.
func Eye(t *tensor.Tensor) *tensor.Tensor {
	if t.Rank() != 2 {
		panic(misused("eye", []*tensor.Tensor{t}, "want a matrix"))
	}
	return refill(t, tensor.Eye(t.Device(), t.DType(), t.Dim(0), t.Dim(1)))
}

// Dirac makes a convolution with weight [out, in, ...kernel] pass on as many
// channels as it can unchanged, in each of so many groups of outputs.
func Dirac(t *tensor.Tensor, groups int) *tensor.Tensor {
	s := t.Shape()
	if len(s) < 3 || groups < 1 || s[0]%groups != 0 {
		panic(misused("dirac", []*tensor.Tensor{t}, "want [out, in, ...kernel], out a multiple of %d groups", groups))
	}
	field := shape.Numel(s[2:])
	middle := 0 // of the kernel
	for _, k := range s[2:] {
		middle = middle*k + k/2
	}
	v := make([]float64, shape.Numel(s))
	out := s[0] / groups
	for g := range groups {
		for i := range min(out, s[1]) {
			v[((g*out+i)*s[1]+i)*field+middle] = 1
		}
	}
	return refill(t, tensor.From(t.Device(), v, s...))
}

// Sparse draws a matrix from the normal distribution and sets a part of each
// column, drawn too, to 0 (Martens 2010).
func Sparse(t *tensor.Tensor, g *tensor.Generator, part, std float64) *tensor.Tensor {
	if t.Rank() != 2 {
		panic(misused("sparse", []*tensor.Tensor{t}, "want a matrix"))
	}
	rows, cols := t.Dim(0), t.Dim(1)
	zeros := int(math.Ceil(part * float64(rows)))
	seed := g.Int(tensor.CPU(), dtype.Int64, 0, math.MaxInt32, 2).Float64s()
	rng := rand.New(rand.NewPCG(uint64(seed[0]), uint64(seed[1])))
	v := g.Normal(tensor.CPU(), dtype.Float64, 0, std, rows, cols).Float64s()
	for c := range cols {
		for _, r := range rng.Perm(rows)[:min(zeros, rows)] {
			v[r*cols+c] = 0
		}
	}
	return refill(t, tensor.From(t.Device(), v, rows, cols))
}

// Orthogonal makes a weight [out, in...], seen as a matrix, gain times a random
// matrix whose rows or columns, whichever are fewer, are orthonormal (Saxe et al.
// 2013). It is computed on the host.
func Orthogonal(t *tensor.Tensor, g *tensor.Generator, gain float64) *tensor.Tensor {
	if t.Rank() < 2 {
		panic(misused("orthogonal", []*tensor.Tensor{t}, "want at least two axes"))
	}
	rows, cols := t.Dim(0), t.Numel()/max(t.Dim(0), 1)
	n, length := min(rows, cols), max(rows, cols)
	v := g.Normal(tensor.CPU(), dtype.Float64, 0, 1, n, length).Float64s()
	for i := range n { // Gram and Schmidt, twice for rounding
		own := v[i*length : (i+1)*length]
		for range 2 {
			for k := range i {
				other := v[k*length : (k+1)*length]
				d := 0.0
				for j := range own {
					d += own[j] * other[j]
				}
				for j := range own {
					own[j] -= d * other[j]
				}
			}
		}
		norm := 0.0
		for _, x := range own {
			norm += x * x
		}
		for j := range own {
			own[j] *= 1 / math.Sqrt(norm)
		}
	}
	q := tensor.From(tensor.CPU(), v, n, length).MulScalar(gain)
	if rows > cols {
		q = q.T()
	}
	return refill(t, q.Reshape(t.Shape()...).ToDevice(t.Device()))
}

// Gain returns the factor by which weights before an activation are larger so
// that values keep their scale: PyTorch's calculate_gain. SELU's is that of
// self-normalising nets; for LeakyReLU it depends on the slope.
func Gain(activation Layer) float64 {
	switch a := activation.(type) {
	case Tanh:
		return 5. / 3
	case ReLU:
		return math.Sqrt2
	case LeakyReLU:
		s := orDefault(a.Slope, 0.01)
		return math.Sqrt(2 / (1 + s*s))
	case SELU:
		return 0.75
	}
	return 1
}
