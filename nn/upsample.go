package nn

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// A ResizeMode says how Upsample computes elements between those there are.
type ResizeMode uint8

// The modes. ResizeLinear is bilinear for images and trilinear for volumes.
const (
	ResizeNearest      ResizeMode = iota // the element at floor(i*scale), as PyTorch
	ResizeNearestExact                   // the element whose centre is nearest
	ResizeLinear                         // linear on each axis: linear, bilinear, trilinear
	ResizeCubic                          // cubic convolution on each axis: bicubic
	ResizeArea                           // the mean of what an element covers
)

// Upsample interpolates x [n, c, ...spatial] to other spatial sizes; smaller ones
// too. Its stateless twin is functional.Interpolate.
type Upsample struct {
	Size         []int     // one for all axes or one for each; nil: follows from Scale
	Scale        []float64 // by which axes grow, one for all or one for each
	Mode         ResizeMode
	AlignCorners bool // map the first and last elements onto each other, not their outer edges
	Antialias    bool // ResizeLinear and ResizeCubic, where axes shrink: weigh all that an element covers
}

// Forward returns x with other spatial sizes.
func (u Upsample) Forward(x *tensor.Tensor) *tensor.Tensor {
	axes := x.Rank() - 2
	if axes < 1 {
		panic(misused("upsample", []*tensor.Tensor{x}, "want [n, c] and spatial axes"))
	}
	size, scales := u.sizes(x.Shape()[2:])
	switch {
	case u.Mode == ResizeArea:
		return x.AdaptiveAvgPool(size...)
	case u.Antialias:
		if u.Mode != ResizeLinear && u.Mode != ResizeCubic {
			panic(misused("upsample", []*tensor.Tensor{x}, "Antialias is an option of ResizeLinear and ResizeCubic"))
		}
		return u.antialiased(x, size, scales)
	}
	a := op.ResizeAttrs{Size: size, Mode: op.ResizeMode(u.Mode), AlignCorners: u.AlignCorners, Scales: scales}
	return tensor.Apply(nil, op.Resize, a, x)[0]
}

func (u Upsample) sizes(spatial []int) (size []int, scales []float64) {
	if u.Size != nil {
		return each("upsample", "Size", u.Size, len(spatial), 1), nil
	}
	if len(u.Scale) != 1 && len(u.Scale) != len(spatial) {
		panic(misuse("upsample", "Scale%v: want one number, or one for each of %d axes", u.Scale, len(spatial)))
	}
	for i, n := range spatial {
		s := u.Scale[min(i, len(u.Scale)-1)]
		scales = append(scales, s)
		size = append(size, int(math.Floor(float64(n)*s)))
	}
	return size, scales
}

// antialiased resizes one axis after the other by a matrix.
func (u Upsample) antialiased(x *tensor.Tensor, size []int, scales []float64) *tensor.Tensor {
	for i, n := range size {
		axis := 2 + i
		in := x.Dim(axis)
		step := float64(in) / float64(n)
		switch {
		case u.AlignCorners && n > 1:
			step = float64(in-1) / float64(n-1)
		case scales != nil:
			step = 1 / scales[i]
		}
		if n == in && step == 1 {
			continue
		}
		w := u.weights(in, n, step)
		m := within(x, tensor.From(x.Device(), w, n, in).To(x.DType()))
		x = x.Transpose(axis, -1).MatMul(m.T()).Transpose(axis, -1)
	}
	return x.Contiguous()
}

// weights returns a matrix [out, in] of what each element adds to each of the
// result: a filter as wide as an element of the result, or of x if that is wider.
func (u Upsample) weights(in, out int, step float64) []float64 {
	filter, reach := triangle, 1.0
	if u.Mode == ResizeCubic {
		filter, reach = keys, 2
	}
	wide := max(step, 1)
	w := make([]float64, shape.Numel([]int{out, in}))
	for i := range out {
		centre := step * (float64(i) + 0.5)
		from, to := max(int(centre-reach*wide+0.5), 0), min(int(centre+reach*wide+0.5), in)
		sum := 0.0
		for k := from; k < to; k++ {
			w[i*in+k] = filter((float64(k) - centre + 0.5) / wide)
			sum += w[i*in+k]
		}
		for k := from; k < to && sum != 0; k++ {
			w[i*in+k] /= sum
		}
	}
	return w
}

func triangle(x float64) float64 { return max(0, 1-math.Abs(x)) }

// keys is the cubic filter of Keys 1981 with a = -0.5, as Pillow has it.
func keys(x float64) float64 {
	const a = -0.5
	switch x = math.Abs(x); {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

func (u Upsample) String() string {
	mode := [...]string{"nearest", "nearest-exact", "linear", "cubic", "area"}[u.Mode]
	if u.Size != nil {
		return fmt.Sprintf("Upsample(size=%s, mode='%s')", brief(u.Size, 1), mode)
	}
	return fmt.Sprintf("Upsample(scale_factor=%v, mode='%s')", u.Scale, mode)
}
