package opinfo

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// T keeps the table short.
type T = tensor.Tensor

// A call gives a function of the table its arguments: by position, of which 0
// is the input, or by name. Those that it does not ask for are found out.
type call struct {
	dev      backend.Device
	float    dtype.DType // of the run: float32 inputs are converted to it
	recorded map[string]*T
	args     []any
	kwargs   map[string]any
	outs     int

	asked map[any]bool  // positions and names
	made  map[string]*T // tensors by name
}

// unsupported is the panic of a function that cannot make a call.
type unsupported string

func missing(format string, args ...any) { panic(unsupported(fmt.Sprintf(format, args...))) }

func newCall(dev backend.Device, d dtype.DType, s *sample, recorded map[string]*T) *call {
	c := &call{dev: dev, float: d, recorded: recorded, outs: s.Outs, asked: map[any]bool{}, made: map[string]*T{}}
	c.args = append(c.args, c.decode(s.Input))
	for _, a := range s.Args {
		c.args = append(c.args, c.decode(a))
	}
	c.kwargs = map[string]any{}
	for k, a := range s.Kwargs {
		c.kwargs[k] = c.decode(a)
	}
	return c
}

type (
	cut      struct{ start, stop, step any } // a slice of Python's
	ellipsis struct{}
)

// decode turns JSON into nil, bool, int, float64, string, []any, dtype.DType,
// cut, ellipsis or *T.
func (c *call) decode(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := strconv.Atoi(v.String()); err == nil {
			return i
		}
		x, err := v.Float64()
		if err != nil {
			missing("number %s", v)
		}
		return x
	case map[string]any:
		for k, e := range v {
			switch k {
			case "tensor":
				grad, _ := v["requires_grad"].(bool)
				return c.tensorOf(e.(string), grad, c.ints0(v["strides"]))
			case "tuple", "list":
				l := []any{}
				for _, e := range e.([]any) {
					l = append(l, c.decode(e))
				}
				return l
			case "size":
				return c.decode(map[string]any{"list": e})
			case "float":
				x, _ := strconv.ParseFloat(e.(string), 64)
				return x
			case "dtype":
				return typeOf(e.(string))
			case "device", "enum":
				return nil // there is one device, and layouts are our own
			case "slice":
				s := e.([]any)
				return cut{c.decode(s[0]), c.decode(s[1]), c.decode(s[2])}
			case "ellipsis":
				return ellipsis{}
			}
		}
		missing("an argument %v", v)
	}
	return v
}

func (c *call) ints0(v any) []int {
	l := []int{}
	for _, e := range v.([]any) {
		l = append(l, c.decode(e).(int))
	}
	return l
}

func typeOf(s string) any {
	d := map[string]dtype.DType{"float32": dtype.Float32, "float64": dtype.Float64, "float16": dtype.Float16, "bfloat16": dtype.BFloat16, "int64": dtype.Int64, "int32": dtype.Int32, "int16": dtype.Int16, "int8": dtype.Int8, "uint8": dtype.Uint8, "bool": dtype.Bool}[s[len("torch."):]]
	if d == dtype.Invalid {
		missing("type %s", s)
	}
	return d
}

// tensorOf returns a recorded input on the device, in the layout it had.
func (c *call) tensorOf(name string, grad bool, strides []int) *T {
	if t := c.made[name]; t != nil {
		return t
	}
	r := c.recorded[name]
	if r == nil {
		missing("no tensor %s", name)
	}
	if r.DType() == dtype.Float32 {
		r = r.To(c.float)
	}
	t := laidOut(r, strides).ToDevice(c.dev)
	if order := byStride(strides); order != nil && c.dev != tensor.CPU() {
		t = laidOut(t, strides)
	}
	t = t.Detach()
	if grad {
		t.SetRequiresGrad(true)
	}
	c.made[name] = t
	return t
}

// byStride returns the order of the axes in memory, or nil for row-major.
func byStride(strides []int) []int {
	order := make([]int, len(strides))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strides[b] - strides[a] })
	if slices.IsSorted(order) {
		return nil
	}
	return order
}

// laidOut returns the elements of t with axes in the given order in memory.
func laidOut(t *T, strides []int) *T {
	order := byStride(strides)
	if order == nil {
		return t.Contiguous()
	}
	back := make([]int, len(order))
	for i, a := range order {
		back[a] = i
	}
	return t.Permute(order...).Clone().Permute(back...)
}

// arg returns an argument and whether it was given and is not None.
func (c *call) arg(i int, name string) (any, bool) {
	if v, ok := c.kwargs[name]; ok {
		c.asked[name] = true
		return v, v != nil
	}
	if i >= 0 && i < len(c.args) {
		c.asked[i] = true
		return c.args[i], c.args[i] != nil
	}
	return nil, false
}

// ignore names arguments that do not change the values.
func (c *call) ignore(names ...string) {
	for _, n := range names {
		c.asked[n] = true
	}
}

// unread returns what the function did not ask for.
func (c *call) unread() string {
	for i, v := range c.args {
		if !c.asked[i] && v != nil {
			return fmt.Sprintf("argument %d", i)
		}
	}
	for k, v := range c.kwargs {
		if !c.asked[k] && v != nil && k != "device" && k != "memory_format" && k != "layout" && k != "pin_memory" {
			return "argument " + k
		}
	}
	return ""
}

func (c *call) has(i int, name string) bool {
	_, ok := c.arg(i, name)
	return ok
}

// x returns the input.
func (c *call) x() *T { return c.need(0, "") }

// t returns a tensor, or nil.
func (c *call) t(i int, name string) *T {
	v, _ := c.arg(i, name)
	t, _ := v.(*T)
	if v != nil && t == nil {
		missing("%s that is no tensor", argName(i, name))
	}
	return t
}

// need is t for tensors that must be there.
func (c *call) need(i int, name string) *T {
	t := c.t(i, name)
	if t == nil {
		missing("no %s", argName(i, name))
	}
	return t
}

func argName(i int, name string) string {
	if name != "" {
		return name
	}
	return fmt.Sprint("argument ", i)
}

// isTensor reports whether an argument is a tensor.
func (c *call) isTensor(i int, name string) bool {
	v, _ := c.arg(i, name)
	_, ok := v.(*T)
	return ok
}

// operand returns a tensor; numbers become scalars.
func (c *call) operand(i int, name string) *T {
	v, ok := c.arg(i, name)
	if !ok {
		return nil
	}
	switch v := v.(type) {
	case *T:
		return v
	case int:
		return tensor.Scalar(c.dev, int64(v))
	case bool:
		return tensor.Scalar(c.dev, v)
	case float64:
		return tensor.Scalar(c.dev, v)
	}
	missing("%s %v", argName(i, name), v)
	return nil
}

func (c *call) num(i int, name string, absent float64) float64 {
	v, _ := c.arg(i, name)
	return number(v, absent)
}

func number(v any, absent float64) float64 {
	switch v := v.(type) {
	case nil:
		return absent
	case int:
		return float64(v)
	case float64:
		return v
	case bool:
		if v {
			return 1
		}
		return 0
	case *T:
		if v.Numel() == 1 {
			return v.Item()
		}
	}
	missing("%v for a number", v)
	return math.NaN()
}

func (c *call) int(i int, name string, absent int) int {
	if v, _ := c.arg(i, name); v == nil {
		return absent // which need not fit a float64
	}
	return int(c.num(i, name, 0))
}

func (c *call) bool(i int, name string, absent bool) bool {
	v, ok := c.arg(i, name)
	if !ok {
		return absent
	}
	return number(v, 0) != 0
}

func (c *call) str(i int, name, absent string) string {
	v, ok := c.arg(i, name)
	if !ok {
		return absent
	}
	s, ok := v.(string)
	if !ok {
		missing("%s %v", argName(i, name), v)
	}
	return s
}

// list returns a list, or nil.
func (c *call) list(i int, name string) []any {
	v, ok := c.arg(i, name)
	if !ok {
		return nil
	}
	l, ok := v.([]any)
	if !ok {
		return []any{v}
	}
	return l
}

// ints returns a list of integers, or one integer as a list; None is -1.
func (c *call) ints(i int, name string) []int {
	l := c.list(i, name)
	if l == nil {
		return nil
	}
	r := []int{}
	for _, v := range l {
		r = append(r, int(number(v, -1)))
	}
	return r
}

// sizes returns a list of integers at i, or all arguments from i on.
func (c *call) sizes(i int, name string) []int {
	l := c.ints(i, name)
	if l == nil {
		return []int{}
	}
	for k := i + 1; k < len(c.args); k++ {
		l = append(l, c.ints(k, "")...)
	}
	return l
}

// tensors returns a list of tensors at i.
func (c *call) tensors(i int, name string) []*T {
	var r []*T
	for _, v := range c.list(i, name) {
		t, ok := v.(*T)
		if !ok {
			missing("%s with %v", argName(i, name), v)
		}
		r = append(r, t)
	}
	return r
}

// dtype returns a type, or the given one. A float32 that is asked for stays
// one in float64 runs, as it did in PyTorch's.
func (c *call) dtype(i int, name string, absent dtype.DType) dtype.DType {
	v, ok := c.arg(i, name)
	if !ok {
		return absent
	}
	d, ok := v.(dtype.DType)
	if !ok {
		missing("%s %v", argName(i, name), v)
	}
	return d
}
