package tensor_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// other is the CPU under another name: a second device.
type other struct{ backend.Device }

func (o other) Info() backend.Info     { return backend.Info{Name: "other:0"} }
func (o other) Unwrap() backend.Device { return o.Device }

var second = &other{cpu}

// TestMisuse lists what a user can do wrong and the text that says so.
func TestMisuse(t *testing.T) {
	f := func(sizes ...int) *tensor.Tensor { return tensor.Zeros(cpu, dtype.Float32, sizes...) }
	i64 := func(sizes ...int) *tensor.Tensor { return tensor.Zeros(cpu, dtype.Int64, sizes...) }
	w := func() *tensor.Tensor { return f(2).SetRequiresGrad(true) }
	freed := f(2)
	freed.Free()
	for _, c := range []struct {
		name string
		run  func()
		is   error // that it wraps, if any
		want string
	}{
		{"sizes that do not broadcast", func() { f(2, 3).Add(f(2)) }, tensor.ErrShape,
			"tensor: add of float32[2 3], float32[2]: sizes 3 and 2 differ at axis -1, want the same or 1"},
		{"one of three", func() { tensor.Zeros(cpu, dtype.Bool, 2, 3).Where(f(4, 1), f(3)) }, tensor.ErrShape,
			"tensor: where of bool[2 3], float32[4 1], float32[3]: sizes 2 and 4 differ at axis -2, want the same or 1"},
		{"inner sizes", func() { f(32, 64).MatMul(f(128, 10)) }, tensor.ErrShape,
			"tensor: matmul of float32[32 64], float32[128 10]: [32 64] x [128 10]: inner sizes 64 and 128 differ"},
		{"matmul of a scalar", func() { f().MatMul(f(2)) }, tensor.ErrShape,
			"tensor: matmul of float32[], float32[2]: want at least one axis each"},
		{"matmul of two types", func() { f(2, 2).MatMul(i64(2, 2)) }, tensor.ErrDType,
			"tensor: matmul of float32[2 2], int64[2 2]: float32 x int64: want one type; convert first"},
		{"condition of numbers", func() { f(2).Where(f(2), f(2)) }, tensor.ErrDType,
			"tensor: where of float32[2], float32[2], float32[2]: cond is float32, want bool"},
		{"bits of floats", func() { f(2).BitwiseAnd(f(2)) }, tensor.ErrDType,
			"tensor: bitwiseand of float32[2], float32[2]: float32 operands: want integers or bool"},
		{"mean of integers", func() { i64(2).Mean() }, tensor.ErrDType,
			"tensor: mean of int64[2]: mean of int64: want a float type; convert first"},
		{"nil operand", func() { f(2).Add(nil) }, nil, "tensor: add of float32[2]: operand 1 of 2 is nil"},
		{"nil receiver", func() { (*tensor.Tensor)(nil).Exp() }, nil, "tensor: exp: operand 0 of 1 is nil"},
		{"nil in MatMul", func() { f(2).MatMul(nil) }, nil, "tensor: matmul of float32[2]: operand 1 of 2 is nil"},
		{"nil in place", func() { f(2).AddInPlace(nil) }, nil,
			"tensor: addinplace of float32[2]: operand 1 of 2 is nil"},
		{"nil to copy", func() { f(2).CopyInPlace(nil) }, nil,
			"tensor: copyinplace of float32[2]: operand 1 of 2 is nil"},
		{"nil index", func() { f(2).Index(tensor.At(nil)) }, nil,
			"tensor: index of float32[2]: operand 1 of 2 is nil"},
		{"two devices", func() { f(2).Mul(tensor.Ones(second, dtype.Float32, 2)) }, tensor.ErrDevice,
			"tensor: mul of float32[2], float32[2] on cpu:0, other:0: tensors are on different devices; move one with ToDevice"},
		{"two devices in place", func() { f(2).AddInPlace(tensor.Ones(second, dtype.Float32, 2)) }, tensor.ErrDevice,
			"tensor: addinplace of float32[2], float32[2] on cpu:0, other:0: tensors are on different devices; move one with ToDevice"},
		{"index on another device", func() { f(2).Index(tensor.At(i64(1).ToDevice(second))) }, tensor.ErrDevice,
			"tensor: index of float32[2], int64[1] on cpu:0, other:0: tensors are on different devices; move one with ToDevice"},
		{"freed operand", func() { f(2).Add(freed) }, tensor.ErrFreed, "tensor: add of float32[2], float32[2]: operand 1: the tensor was freed"},
		{"freed receiver", func() { freed.Float64s() }, tensor.ErrFreed,
			"tensor: read of float32[2]: the tensor was freed"},
		{"freed view", func() { freed.Reshape(1, 2) }, tensor.ErrFreed,
			"tensor: reshape of float32[2]: the tensor was freed"},
		{"detached after Free", func() { freed.Detach() }, tensor.ErrFreed,
			"tensor: use of float32[2]: the tensor was freed"},
		{"reshape", func() { f(2, 3).Reshape(4, -1) }, tensor.ErrShape,
			"tensor: reshape of float32[2 3]: no size for -1 in [4 -1] gives 6 elements"},
		{"reshape with two -1", func() { f(2, 3).Reshape(-1, -1) }, tensor.ErrShape,
			"tensor: reshape of float32[2 3]: [-1 -1]: sizes must not be negative, and at most one may be -1"},
		{"expand", func() { f(2, 3).Expand(2, 4) }, tensor.ErrShape,
			"tensor: expand of float32[2 3]: expand [2 3] to [2 4]: size 3 at axis 1 cannot become 4"},
		{"permute", func() { f(2, 3).Permute(0) }, nil,
			"tensor: permute of float32[2 3]: permute [2 3] by [0]: want one entry for each of 2 axes"},
		{"permute twice", func() { f(2, 3).Permute(0, 0) }, nil,
			"tensor: permute of float32[2 3]: permute [2 3] by [0 0]: axis 0 is named twice"},
		{"transpose", func() { f(2, 3).Transpose(0, 2) }, nil,
			"tensor: transpose of float32[2 3]: axis 2 is out of range for rank 2, want -2 to 1"},
		{"t of a vector", func() { f(2).T() }, nil,
			"tensor: t of float32[2]: want at least two axes"},
		{"flatten backwards", func() { f(2, 3).Flatten(1, 0) }, nil,
			"tensor: flatten of float32[2 3]: axis 1 comes after axis 0"},
		{"unflatten", func() { f(2, 6).Unflatten(1, 4, -1) }, nil,
			"tensor: unflatten of float32[2 6]: no size for -1 in [4 -1] gives 6 elements"},
		{"unsqueeze", func() { f(2).Unsqueeze(3) }, nil,
			"tensor: unsqueeze of float32[2]: axis 3 is out of range for rank 2, want -2 to 1"},
		{"squeeze", func() { f(2).Squeeze(1) }, nil,
			"tensor: squeeze of float32[2]: axis 1 is out of range for rank 1, want -1 to 0"},
		{"select", func() { f(2, 3).Select(1, 3) }, nil,
			"tensor: select of float32[2 3]: index 3 is out of range for axis 1 of [2 3]"},
		{"narrow", func() { f(2, 3).Narrow(1, 2, 2) }, nil,
			"tensor: narrow of float32[2 3]: indices 2 to 4 do not lie within axis 1 of size 3"},
		{"slice by 0", func() { f(2, 3).SliceStep(0, 0, 2, 0) }, nil,
			"tensor: slice of float32[2 3]: slice of [2 3]: step 0 is not positive"},
		{"unfold", func() { f(2, 3).Unfold(1, 4, 1) }, nil,
			"tensor: unfold of float32[2 3]: unfold axis 1 of [2 3]: want 0 <= size 4 <= 3 and step 1 > 0"},
		{"split", func() { f(2).Split(0, 0) }, nil,
			"tensor: split of float32[2]: pieces of size 0, want at least 1"},
		{"chunk", func() { f(2).Chunk(0, 0) }, nil,
			"tensor: chunk of float32[2]: 0 pieces, want at least one"},
		{"dim", func() { f(2, 3).Dim(2) }, nil,
			"tensor: dim of float32[2 3]: axis 2 is out of range for rank 2, want -2 to 1"},
		{"dim of a scalar", func() { f().Dim(0) }, nil,
			"tensor: dim of float32[]: a scalar has no axes"},
		{"sum over no such axis", func() { f(2, 3).Sum(2) }, nil,
			"tensor: sum of float32[2 3]: axis 2 is out of range for rank 2, want -2 to 1"},
		{"sum twice over an axis", func() { f(2, 3).Sum(0, -2) }, nil,
			"tensor: sum of float32[2 3]: axis 0 is named twice in [0 -2]"},
		{"largest of nothing", func() { f(0).Max() }, nil,
			"tensor: amax of float32[0]: max of [0] over axis 0, which is empty"},
		{"concat", func() { tensor.Concat(0, f(2, 3), f(2, 4)) }, tensor.ErrShape,
			"tensor: concat of float32[2 3], float32[2 4]: [2 3] and [2 4]: want equal sizes but for axis 0"},
		{"concat of nothing", func() { tensor.Concat(0) }, nil,
			"tensor: concat: want at least one tensor, or a device: see CPU and backend.Open"},
		{"stack", func() { tensor.Stack(0, f(2), f(3)) }, tensor.ErrShape,
			"tensor: stack of float32[2], float32[3]: [2] and [3]: want one shape"},
		{"conv", func() { f(1, 3, 8, 8).Conv(f(4, 2, 3, 3), op.ConvAttrs{}) }, tensor.ErrShape,
			"tensor: conv of float32[1 3 8 8], float32[4 2 3 3]: x [1 3 8 8] has 3 channels, weight [4 2 3 3] in 1 groups is for 2"},
		{"index out of range at run time", func() { f(5, 2).Embedding(tensor.From(cpu, []int64{0, 5})) }, nil,
			"tensor: embedding of float32[5 2], int64[2]: index 5 is out of range for axis 0 of size 5"},
		{"indexing out of range at run time", func() { f(5).Index(tensor.At(tensor.From(cpu, []int64{-6}))) }, nil,
			"tensor: indexget of float32[5], int64[1]: index -6 is out of range for axis 0 of size 5"},
		{"too many indices", func() { f(2).Index(tensor.I(0), tensor.I(0)) }, tensor.ErrShape,
			"tensor: index of float32[2]: 2 indices for 1 axes"},
		{"index out of range", func() { f(2).Index(tensor.I(2)) }, nil,
			"tensor: select of float32[2]: index 2 is out of range for axis 0 of [2]"},
		{"two ellipses", func() { f(2).Index(tensor.Ellipsis, tensor.Ellipsis) }, nil,
			"tensor: index of float32[2]: more than one Ellipsis"},
		{"index of floats", func() { f(2).Index(tensor.At(f(1))) }, tensor.ErrDType,
			"tensor: index of float32[2], float32[1]: indices are float32, want integers or a mask of bools"},
		{"mask of another size", func() { f(2).Index(tensor.At(tensor.Ones(cpu, dtype.Bool, 3))) }, tensor.ErrShape,
			"tensor: index of float32[2], bool[3]: the mask has size 3 where the axis has 2"},
		{"mask without axes", func() { f(2).Index(tensor.At(tensor.Ones(cpu, dtype.Bool))) }, tensor.ErrShape,
			"tensor: index of float32[2], bool[]: a mask has at least one axis"},
		{"indices that do not broadcast", func() { f(2, 2).Index(tensor.At(i64(2)), tensor.At(i64(3))) }, tensor.ErrShape,
			"tensor: indexget of float32[2 2], int64[2], int64[3]: shapes [[2] [3]] do not broadcast"},
		{"values that do not fit", func() { f(2, 3).SetIndex(f(2), tensor.I(0)) }, nil,
			"tensor: copyinplace of float32[3], float32[2]: expand [2] to [3]: size 2 at axis 0 cannot become 3"},
		{"values that do not fit by tensor", func() { f(2, 3).SetIndex(f(2), tensor.At(i64(1))) }, tensor.ErrShape,
			"tensor: setindex of float32[2 3]: values [2] do not broadcast to the [1 3] that the indices select"},
		{"in place, requiring", func() { w().AddInPlace(f(2)) }, nil,
			"tensor: addinplace of float32[2]: a tensor that requires a gradient cannot be changed in place; change t.Detach(), which shares its elements"},
		{"in place by what requires", func() { f(2).AddInPlace(w()) }, nil,
			"tensor: addinplace of float32[2], float32[2]: operand 1 requires a gradient, which a change in place does not record; use its Detach(), or the operation that makes a new tensor"},
		{"set elements, requiring", func() { w().SetIndex(f(), tensor.I(0)) }, nil,
			"tensor: setindex of float32[2]: a tensor that requires a gradient cannot be changed in place; change t.Detach(), which shares its elements"},
		{"in place, too large", func() { f(2).AddInPlace(f(3, 2)) }, tensor.ErrShape,
			"tensor: addinplace of float32[2], float32[3 2]: the result [3 2] does not fit in place of [2]"},
		{"in place, other sizes", func() { f(2).AddInPlace(f(3)) }, tensor.ErrShape,
			"tensor: addinplace of float32[2], float32[3]: sizes 2 and 3 differ at axis -1, want the same or 1"},
		{"in place, integers by floats", func() { i64(2).AddInPlace(f(2)) }, tensor.ErrDType,
			"tensor: addinplace of int64[2], float32[2]: the result is float32, which int64 cannot hold; convert with To first"},
		{"in place, expanded", func() { f(1).Expand(2).AddScalarInPlace(1) }, nil,
			"tensor: addscalarinplace of float32[2]: elements of the tensor share memory, as after Expand; use Clone"},
		{"copy of other sizes", func() { f(2).CopyInPlace(f(3)) }, nil,
			"tensor: copyinplace of float32[2], float32[3]: expand [3] to [2]: size 3 at axis 0 cannot become 2"},
		{"item of many", func() { f(2, 2).Item() }, tensor.ErrShape,
			"tensor: item of float32[2 2]: 4 elements, want 1; see Data and Float64s"},
		{"data of another type", func() { tensor.Data[float64](f(2)) }, tensor.ErrDType,
			"tensor: data of float32[2]: the elements are float32, not float64; convert with To first"},
		{"read", func() { f(2).Read(make([]byte, 7)) }, nil,
			"tensor: read of float32[2]: 7 bytes, want 8"},
		{"from", func() { tensor.From(cpu, []float32{1, 2, 3}, 2, 2) }, tensor.ErrShape,
			"tensor: from: 3 elements, want 4 for shape [2 2]"},
		{"from bytes", func() { tensor.FromBytes(cpu, dtype.Int16, make([]byte, 3), 2) }, tensor.ErrShape,
			"tensor: frombytes: 3 bytes, want 4 for int16[2]"},
		{"negative size", func() { tensor.Zeros(cpu, dtype.Float32, 2, -1) }, nil,
			"tensor: full: size -1 of axis 1 is negative in [2 -1]"},
		{"too many elements", func() { tensor.Empty(cpu, dtype.Float32, 1<<40, 1<<40) }, nil,
			"tensor: empty: [1099511627776 1099511627776] has more elements than an int can count"},
		{"no device", func() { tensor.Zeros(nil, dtype.Float32, 2) }, nil,
			"tensor: full: want at least one tensor, or a device: see CPU and backend.Open"},
		{"no device for data", func() { tensor.From[float32](nil, []float32{1}) }, nil,
			"tensor: alloc of float32[1]: the device is nil: see CPU and backend.Open"},
		{"arange", func() { tensor.Arange(cpu, dtype.Float32, 0, 1, -1) }, nil,
			"tensor: arange: from 0 to 1 by -1; want a step that leads there, in at most 2^41 elements"},
		{"linspace", func() { tensor.Linspace(cpu, dtype.Float32, 0, 1, -1) }, nil,
			"tensor: arange: size -1 of axis 0 is negative in [-1]"},
		{"random sizes", func() { tensor.NewGenerator(1).Normal(cpu, dtype.Float32, 0, 1, -2) }, nil,
			"tensor: randnormal: size -2 of axis 0 is negative in [-2]"},
		{"random integers", func() { tensor.NewGenerator(1).Int(cpu, dtype.Int64, 5, 5, 2) }, nil,
			"tensor: randint: integers from 5 to below 5: want 1 to 4294967295 of them"},
		{"gradient of integers", func() { i64(2).SetRequiresGrad(true) }, nil,
			"tensor: setrequiresgrad of int64[2]: only float tensors have gradients; convert with To first"},
		{"no gradient for a result", func() { w().Exp().SetRequiresGrad(false) }, nil,
			"tensor: setrequiresgrad of float32[2]: the tensor was computed from others; use its Detach()"},
		{"gradient of another shape", func() { w().SetGrad(f(3)) }, nil,
			"tensor: setgrad of float32[2]: gradient float32[3], want the shape and type of its tensor"},
		{"gradient on another device", func() { w().SetGrad(tensor.Zeros(second, dtype.Float32, 2)) }, tensor.ErrDevice,
			"tensor: setgrad of float32[2], float32[2] on cpu:0, other:0: tensors are on different devices; move the gradient with ToDevice"},
		{"hook without gradient", func() { f(2).OnGrad(nil) }, nil,
			"tensor: ongrad of float32[2]: no gradient flows to the tensor; call SetRequiresGrad first"},
		{"out of memory", func() {
			tensor.Zeros(backend.Fault(cpu, backend.FaultPlan{Memory: 100}), dtype.Float32, 100)
		}, backend.ErrOutOfMemory,
			"tensor: alloc of float32[100]: backend: cpu:0: out of memory: asked for 400 bytes with 0 in use of a budget of 100; use smaller batches, tensor.Scope, or free tensors earlier"},
		{"lost device", func() {
			d := backend.Fault(cpu, backend.FaultPlan{})
			x := tensor.Zeros(d, dtype.Float32, 2)
			d.Lose()
			x.Exp()
		}, backend.ErrDeviceLost,
			"tensor: alloc of float32[2]: backend: cpu:0: alloc 2: injected: device lost"},
	} {
		err := tensor.Try(func() error { c.run(); return nil })
		var e *tensor.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: error %v, want a *tensor.Error", c.name, err)
			continue
		}
		if err.Error() != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, err, c.want)
		}
		if c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %v is no %v", c.name, err, c.is)
		}
		if !strings.Contains(e.Site, "error_test.go:") {
			t.Errorf("%s: at %s, want a line of this file", c.name, e.Site)
		}
	}
}

func TestErrorFormat(t *testing.T) {
	err := tensor.Try(func() error {
		vec(1, 2).Add(vec(1, 2, 3))
		return nil
	})
	long := fmt.Sprintf("%+v", err)
	if short := fmt.Sprintf("%v", err); short != err.Error() || !strings.HasPrefix(long, short+" (at ") || !strings.Contains(long, "error_test.go:") {
		t.Errorf("%%v is %q, %%+v is %q", short, long)
	}
	if q := fmt.Sprintf("%q", err); q != fmt.Sprintf("%q", err.Error()) {
		t.Errorf("%%q is %s", q)
	}
}

func TestTry(t *testing.T) {
	mine := errors.New("mine")
	if err := tensor.Try(func() error { return mine }); err != mine {
		t.Errorf("a returned error became %v", err)
	}
	if err := tensor.Try(func() error { return nil }); err != nil {
		t.Errorf("no error became %v", err)
	}
	defer func() {
		if r := recover(); r != "a bug" {
			t.Errorf("recovered %v", r)
		}
	}()
	_ = tensor.Try(func() error { panic("a bug") })
	t.Error("Try swallowed a panic that is a bug")
}
