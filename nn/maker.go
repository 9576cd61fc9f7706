package nn

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// A Maker makes layers on one device and of one type, with parameters drawn
// from one stream of random numbers: the same seed and the same calls give the
// same layers on every device.
type Maker struct {
	dev   backend.Device
	dtype dtype.DType
	gen   *tensor.Generator
	blank bool
}

// On returns a maker of layers. See To for moving finished ones.
func On(dev backend.Device, d dtype.DType, seed uint64) *Maker {
	return &Maker{dev: dev, dtype: d, gen: tensor.NewGenerator(seed)}
}

// Blank returns a maker of layers whose parameters hold anything: for states that
// are loaded next, without the time that drawing numbers takes.
func Blank(dev backend.Device, d dtype.DType) *Maker {
	return &Maker{dev: dev, dtype: d, gen: tensor.NewGenerator(0), blank: true}
}

// IsBlank reports whether the maker is from Blank: then a model need not
// initialise its parameters.
func (b *Maker) IsBlank() bool { return b.blank }

// Device returns where layers are made.
func (b *Maker) Device() backend.Device { return b.dev }

// DType returns the type of parameters.
func (b *Maker) DType() dtype.DType { return b.dtype }

// Generator returns the stream that parameters and dropout masks come from.
func (b *Maker) Generator() *tensor.Generator { return b.gen }

// Parameter returns a new parameter of the given sizes, filled with zeros.
func (b *Maker) Parameter(sizes ...int) *tensor.Tensor { return b.full(0, sizes...) }

func (b *Maker) full(x float64, sizes ...int) *tensor.Tensor {
	if b.blank {
		return tensor.Empty(b.dev, b.dtype, sizes...).SetRequiresGrad(true)
	}
	return tensor.Full(b.dev, b.dtype, x, sizes...).SetRequiresGrad(true)
}

func (b *Maker) uniform(bound float64, sizes ...int) *tensor.Tensor {
	if b.blank {
		return b.full(0, sizes...)
	}
	return b.gen.Uniform(b.dev, b.dtype, -bound, bound, sizes...).SetRequiresGrad(true)
}

// An Option changes a layer from its default. A layer panics on one that it
// has no use for.
type Option struct {
	name string
	set  func(o *options)
}

type options struct {
	kernel, stride, pad, dilation, outPad []int

	groups              int
	noBias, noAffine    bool
	noStats, cumulative bool
	affine, track       bool
	same                bool
	padMode             PadMode
	eps, momentum       float64
	padding             *int
	maxNorm             float64
	byFreq              bool
}

// Kernel sets the sizes of a convolution's kernel, one for all axes or one for
// each, instead of the number that the maker's method is given.
func Kernel(k ...int) Option { return Option{"Kernel", func(o *options) { o.kernel = k }} }

// Stride sets how many elements a convolution moves on for each of its results,
// one number for all axes or one for each; 1 is the default.
func Stride(s ...int) Option { return Option{"Stride", func(o *options) { o.stride = s }} }

// Pad sets how many elements a convolution adds at both ends of each axis, one
// number for all axes or one for each; 0 is the default. A transposed convolution
// leaves them out of its result.
func Pad(p ...int) Option { return Option{"Pad", func(o *options) { o.pad = p }} }

// Dilation sets how far apart the elements are that a kernel is laid on, one
// number for all axes or one for each; 1 is the default.
func Dilation(d ...int) Option { return Option{"Dilation", func(o *options) { o.dilation = d }} }

// OutPad adds elements at the far end of each axis of a transposed convolution.
func OutPad(p ...int) Option { return Option{"OutPad", func(o *options) { o.outPad = p }} }

// Groups divides the channels of a convolution into n groups that do not mix.
func Groups(n int) Option { return Option{"Groups", func(o *options) { o.groups = n }} }

// Padding says how a convolution fills its padding; zeros is the default.
func Padding(m PadMode) Option { return Option{"Padding", func(o *options) { o.padMode = m }} }

// Eps sets what a normalisation adds to the variance; 1e-5 is the default.
func Eps(e float64) Option { return Option{"Eps", func(o *options) { o.eps = e }} }

// Momentum sets the weight of a new batch in running statistics; 0.1 is the
// default.
func Momentum(m float64) Option { return Option{"Momentum", func(o *options) { o.momentum = m }} }

// PaddingIdx names the index whose embedding is zero and is not trained.
func PaddingIdx(i int) Option { return Option{"PaddingIdx", func(o *options) { o.padding = &i }} }

// MaxNorm limits the norm of the rows of an embedding.
func MaxNorm(m float64) Option { return Option{"MaxNorm", func(o *options) { o.maxNorm = m }} }

var (
	// ScaleGradByFreq divides gradients of an embedding by how often an id occurs.
	ScaleGradByFreq = Option{"ScaleGradByFreq", func(o *options) { o.byFreq = true }}
	// Same pads a convolution of stride 1 so that sizes stay.
	Same = Option{"Same", func(o *options) { o.same = true }}
	// NoBias leaves the bias out.
	NoBias = Option{"NoBias", func(o *options) { o.noBias = true }}
	// NoAffine leaves weight and bias of a normalisation out.
	NoAffine = Option{"NoAffine", func(o *options) { o.noAffine = true }}
	// NoStats makes a normalisation use a batch's own statistics always.
	NoStats = Option{"NoStats", func(o *options) { o.noStats = true }}
	// Cumulative makes running statistics the plain mean over all batches.
	Cumulative = Option{"Cumulative", func(o *options) { o.cumulative = true }}
)

// gather applies options, of which a layer knows the named ones.
func gather(layer string, opts []Option, known ...string) options {
	o := options{groups: 1, eps: 1e-5, momentum: 0.1}
	for _, opt := range opts {
		if !slices.Contains(known, opt.name) {
			panic(misuse(layer, "option %s does not apply, want %v", opt.name, known))
		}
		opt.set(&o)
	}
	return o
}
