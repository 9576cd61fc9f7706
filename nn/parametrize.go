package nn

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/hekla-ml/hekla/tensor"
)

// A Parametrization computes a parameter of a layer from others, which are
// trained in its place.
type Parametrization interface {
	// Weight returns the parameter; training says whether a forward pass in
	// training asks.
	Weight(training bool) *tensor.Tensor
}

// A Parametrized layer is a layer with a computed parameter. Its state has the
// layer's other names and, of the parameter, those of PyTorch's parametrizations:
// parametrizations.weight.original and so on. Forward may run in many goroutines.
type Parametrized struct {
	inner Layer
	field int // of the parameter in inner's struct
	name  string
	by    Parametrization
	Mode
}

// Parametrize replaces a parameter of a layer, a pointer to a struct of this
// package or one's own, by what make's result computes. field is the name of the
// struct's field.
func Parametrize(layer Layer, field string, make func(w *tensor.Tensor) Parametrization) *Parametrized {
	v := reflect.ValueOf(layer)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		panic(misuse("parametrize", "%T is no pointer to a struct", layer))
	}
	f, ok := v.Elem().Type().FieldByName(field)
	if !ok || f.Type != tensorType || len(f.Index) != 1 || v.Elem().FieldByIndex(f.Index).IsNil() {
		panic(misuse("parametrize", "%T has no parameter in a field %s", layer, field))
	}
	w := v.Elem().FieldByIndex(f.Index).Interface().(*tensor.Tensor)
	return &Parametrized{inner: layer, field: f.Index[0], name: snake(field), by: make(w)}
}

// Forward computes the parameter and passes x through the layer.
func (p *Parametrized) Forward(x *tensor.Tensor) *tensor.Tensor {
	v := reflect.ValueOf(p.inner).Elem()
	c := reflect.New(v.Type()) // a copy of the layer, as others may be using it
	c.Elem().Set(v)
	c.Elem().Field(p.field).Set(reflect.ValueOf(p.by.Weight(p.Training())))
	return c.Interface().(Layer).Forward(x)
}

// Remove returns the layer with the parameter as it is now, no longer computed.
func (p *Parametrized) Remove() Layer {
	w := p.by.Weight(false).Detach().Clone().Keep().SetRequiresGrad(true)
	reflect.ValueOf(p.inner).Elem().Field(p.field).Set(reflect.ValueOf(w))
	return p.inner
}

// describe names the layer's parameters but for the computed one, then the
// parametrization.
func (p *Parametrized) describe(n *node, depth int) {
	n.add(reflect.ValueOf(p.inner), depth)
	n.slots = slices.DeleteFunc(n.slots, func(s slot) bool { return s.path == join(n.path, p.name) })
	n.addItem(reflect.ValueOf(p.by), "parametrizations."+p.name, false, depth, nil)
}

func (p *Parametrized) String() string {
	return fmt.Sprintf("Parametrized%s", String(p.inner))
}

// weightNorm is a direction and a length (Salimans and Kingma 2016).
type weightNorm struct {
	Original0 *tensor.Tensor `nn:"original0"` // lengths
	Original1 *tensor.Tensor `nn:"original1"` // directions
}

// WeightNorm computes the weight of a layer as directions of any length and a
// length for each output (axis 0), which are trained apart.
func WeightNorm(layer Layer) *Parametrized {
	return Parametrize(layer, "Weight", func(w *tensor.Tensor) Parametrization {
		flat := w.Detach()
		return &weightNorm{lengths(flat).Keep().SetRequiresGrad(true), flat.Clone().Keep().SetRequiresGrad(true)}
	})
}

// lengths returns the norm of each w[i], with axes of size 1 after the first.
func lengths(w *tensor.Tensor) *tensor.Tensor {
	s := make([]int, w.Rank())
	for i := range s {
		s[i] = 1
	}
	s[0] = w.Dim(0)
	return w.Reshape(w.Dim(0), -1).Square().Sum(1).Sqrt().Reshape(s...)
}

func (n *weightNorm) Weight(bool) *tensor.Tensor {
	return n.Original1.Mul(n.Original0.Div(lengths(n.Original1)))
}

// spectralNorm divides a weight by its largest singular value, which power
// iteration follows (Miyato et al. 2018).
type spectralNorm struct {
	Original *tensor.Tensor
	U        *tensor.Tensor `nn:"0._u,buffer"` // [out]
	V        *tensor.Tensor `nn:"0._v,buffer"` // [in]
}

// SpectralNorm divides the weight of a layer, seen as a matrix [out, in*...], by
// its largest singular value; each pass in training follows it by one step of
// power iteration.
func (b *Maker) SpectralNorm(layer Layer) *Parametrized {
	return Parametrize(layer, "Weight", func(w *tensor.Tensor) Parametrization {
		m := w.Detach().Reshape(w.Dim(0), -1)
		s := &spectralNorm{Original: w}
		s.U = b.gen.Normal(w.Device(), w.DType(), 0, 1, m.Dim(0)).Normalize(2, 0, spectralEps).Keep()
		s.V = b.gen.Normal(w.Device(), w.DType(), 0, 1, m.Dim(1)).Normalize(2, 0, spectralEps).Keep()
		for range 15 { // as PyTorch begins
			s.iterate(m)
		}
		return s
	})
}

const spectralEps = 1e-12

func (s *spectralNorm) iterate(m *tensor.Tensor) {
	s.U.CopyInPlace(m.MatMul(s.V).Normalize(2, 0, spectralEps))
	s.V.CopyInPlace(m.T().MatMul(s.U).Normalize(2, 0, spectralEps))
}

func (s *spectralNorm) Weight(training bool) *tensor.Tensor {
	m := s.Original.Reshape(s.Original.Dim(0), -1)
	if training {
		s.iterate(m.Detach())
	}
	// Copies: the next pass changes u and v, and the gradient needs them as they are.
	u, v := s.U.Clone(), s.V.Clone()
	sigma := u.Mul(m.MatMul(v)).Sum()
	return s.Original.Div(sigma)
}
