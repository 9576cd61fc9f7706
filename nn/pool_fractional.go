package nn

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// Fractional says what a pooling with windows at random places makes of an image:
// Size or, if there is none, Ratio times the size of the image.
type Fractional struct {
	Kernel []int // one for all axes or one for each
	Size   []int // of the result: one for all axes or one for each
	Ratio  []float64
}

// FractionalMaxPool2d returns the largest elements of windows of x [n, c, height,
// width], whose places are drawn anew for each image and channel so that their
// distances are about the quotient of the sizes (Graham 2014), also in evaluation.
// The batch axis may be missing. An axis of the result and the window must not be
// longer together than that of x and 1.
type FractionalMaxPool2d struct {
	Fractional
	gen *tensor.Generator
}

// FractionalMaxPool3d is FractionalMaxPool2d for x [n, c, depth, height, width].
type FractionalMaxPool3d FractionalMaxPool2d

// FractionalMaxPool2d makes a pooling that draws from the maker's stream.
func (b *Maker) FractionalMaxPool2d(f Fractional) *FractionalMaxPool2d {
	return &FractionalMaxPool2d{f, b.gen}
}

// FractionalMaxPool3d makes a pooling that draws from the maker's stream.
func (b *Maker) FractionalMaxPool3d(f Fractional) *FractionalMaxPool3d {
	return &FractionalMaxPool3d{f, b.gen}
}

// Forward returns the largest elements of windows of x.
func (p *FractionalMaxPool2d) Forward(x *tensor.Tensor) *tensor.Tensor {
	y, at := p.ForwardIndices(x)
	at.Free()
	return y
}

// ForwardIndices returns also where they are, as MaxUnpool2d takes it.
func (p *FractionalMaxPool2d) ForwardIndices(x *tensor.Tensor) (y, at *tensor.Tensor) {
	return p.draw(x, 2)
}

// Forward returns the largest elements of windows of x.
func (p *FractionalMaxPool3d) Forward(x *tensor.Tensor) *tensor.Tensor {
	y, at := p.ForwardIndices(x)
	at.Free()
	return y
}

// ForwardIndices returns also where they are, as MaxUnpool3d takes it.
func (p *FractionalMaxPool3d) ForwardIndices(x *tensor.Tensor) (y, at *tensor.Tensor) {
	return (*FractionalMaxPool2d)(p).draw(x, 3)
}

// Generator returns the stream that the places come from.
func (p *FractionalMaxPool2d) Generator() *tensor.Generator { return p.gen }

// Generator returns the stream that the places come from.
func (p *FractionalMaxPool3d) Generator() *tensor.Generator { return p.gen }

func (p *FractionalMaxPool2d) draw(x *tensor.Tensor, axes int) (y, at *tensor.Tensor) {
	if p.gen == nil {
		panic(misuse("fractionalmaxpool", "it has no random numbers; make it with nn.On(...).FractionalMaxPool%dd", axes))
	}
	s := x.Shape()
	if len(s) != axes+1 && len(s) != axes+2 {
		panic(misused("fractionalmaxpool", []*tensor.Tensor{x}, "want %d or %d axes", axes+1, axes+2))
	}
	planes := append([]int{}, s[:len(s)-axes]...)
	samples := p.gen.Uniform(tensor.CPU(), dtype.Float32, 0, 1, append(planes, axes)...)
	defer samples.Free()
	return p.Pool(x, samples)
}

// Pool is the pooling for given numbers from 0 to 1, samples [n, c, axes]: for each
// plane of x [n, c, ...sizes] where the windows begin; of two axes PyTorch has the
// last first, of three the first. It returns the largest elements and where they
// are.
func (f Fractional) Pool(x, samples *tensor.Tensor) (y, at *tensor.Tensor) {
	axes := samples.Dim(-1)
	s := x.Shape()
	lead := len(s) - axes
	if lead != 1 && lead != 2 || samples.Rank() != lead+1 {
		panic(misused("fractionalmaxpool", []*tensor.Tensor{x, samples}, "want a number for each axis of each plane"))
	}
	kernel, size := each("fractionalmaxpool", "Kernel", f.Kernel, axes, 0), f.size(s[lead:])
	for i, n := range s[lead:] {
		if kernel[i] < 1 || size[i] < 1 || size[i]+kernel[i]-1 > n {
			panic(misused("fractionalmaxpool", []*tensor.Tensor{x}, "windows of %v and a result of %v, want axes that are not longer together than those of x and 1", kernel, size))
		}
	}
	// What is chosen has no gradient; one gather of it has.
	tensor.Scope(func(a *tensor.Arena) {
		best := a.Own(x.Detach())
		at = a.Own(tensor.Arange(x.Device(), dtype.Int64, 0, float64(shape.Numel(s[lead:])), 1)).Reshape(s[lead:]...).Expand(s...)
		numbers := samples.Float64s()
		for i := axes - 1; i >= 0; i-- {
			axis, nth := lead+i, i
			if axes == 2 {
				nth = 1 - i
			}
			var places []int64
			for p := nth; p < len(numbers); p += axes {
				for _, start := range starts(numbers[p], s[axis], size[i], kernel[i], x.DType() == dtype.Float64) {
					for k := range kernel[i] {
						places = append(places, int64(start+k))
					}
				}
			}
			across := append([]int{}, best.Shape()...)
			across[axis] = size[i] * kernel[i]
			thin := append([]int{}, s[:lead]...)
			for range axes {
				thin = append(thin, 1)
			}
			thin[axis] = across[axis]
			index := a.Own(tensor.From(x.Device(), places, thin...)).Expand(across...)
			split := append(append(append([]int{}, across[:axis]...), size[i], kernel[i]), across[axis+1:]...)
			var which *tensor.Tensor
			best, which = best.Gather(axis, index).Reshape(split...).MaxAlong(axis + 1)
			at = at.Gather(axis, index).Reshape(split...).Gather(axis+1, which.Unsqueeze(axis+1)).Squeeze(axis + 1)
		}
		at = at.Contiguous().Keep()
	})
	within(x, at)
	flat := func(t *tensor.Tensor) *tensor.Tensor { return t.Flatten(lead, -1) }
	return flat(x).Gather(lead, flat(at)).Reshape(at.Shape()...), at
}

// size returns the sizes of the result for an image.
func (f Fractional) size(image []int) []int {
	if f.Size != nil {
		return each("fractionalmaxpool", "Size", f.Size, len(image), 0)
	}
	if len(f.Ratio) != 1 && len(f.Ratio) != len(image) {
		panic(misuse("fractionalmaxpool", "no Size and %d numbers for Ratio, want 1 or %d", len(f.Ratio), len(image)))
	}
	size := make([]int, len(image))
	for i, n := range image {
		size[i] = int(float64(n) * f.Ratio[i%len(f.Ratio)])
	}
	return size
}

// starts returns where windows begin, computed in the type of x as PyTorch does:
// the last one ends with the axis.
func starts(sample float64, n, size, kernel int, double bool) []int {
	l := make([]int, size)
	for i := range size - 1 {
		if double {
			alpha := float64(n-kernel) / float64(size-1)
			l[i] = int((float64(i)+sample)*alpha) - int(sample*alpha)
		} else {
			alpha := float32(n-kernel) / float32(size-1)
			l[i] = int((float32(i)+float32(sample))*alpha) - int(float32(sample)*alpha)
		}
	}
	l[size-1] = n - kernel
	return l
}

func (p *FractionalMaxPool2d) String() string { return p.describeAs("FractionalMaxPool2d") }
func (p *FractionalMaxPool3d) String() string { return p.describeAs("FractionalMaxPool3d") }

func (f Fractional) describeAs(name string) string {
	if f.Size != nil {
		return fmt.Sprintf("%s(kernel_size=%s, output_size=%s)", name, brief(f.Kernel, 0), brief(f.Size, 0))
	}
	return fmt.Sprintf("%s(kernel_size=%s, output_ratio=%v)", name, brief(f.Kernel, 0), f.Ratio)
}
