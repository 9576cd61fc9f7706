package vulkan

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/tensor"
)

// listModes are the ways in which lists run: by addresses as processors and as GPUs
// do, where the driver has those, and by bindings.
var listModes = map[string]func(d *device){
	"as it is": func(*device) {},
	"gpu": func(d *device) {
		likeGPU(d)
		d.stride = d.strideOf()
	},
	"bound": func(d *device) { d.reaches = false },
}

// TestRunList takes a step like Adam's of tensors of many sizes, some from an odd place
// of a buffer or with gaps, and gives the bits of a step of each alone.
func TestRunList(t *testing.T) {
	for mode, change := range listModes {
		var own *device
		d := first(t, func(d *device) {
			change(d)
			own = d
		})
		for _, typ := range []dtype.DType{dtype.Float32, dtype.BFloat16, dtype.Int64} {
			kind := pointwise.Int
			if typ.IsFloat() {
				kind = pointwise.Float
			}
			f := op.NewFn([]pointwise.Kind{kind, kind}, []pointwise.Kind{kind}, func(in, u []pointwise.Value) []pointwise.Value {
				m := in[0].Mul(u[0]).Add(in[1])
				return []pointwise.Value{in[1].Sub(m.Mul(in[0])), m}
			})
			lists := func() (dst [][]*tensor.Tensor) {
				for i := range 70 {
					n := 1 + 37*i%300
					if i%20 == 0 {
						n += 9000 // several workgroups
					}
					x, y := numbersOf(d, typ, n+1, 2), numbersOf(d, typ, n+1, 2)
					switch i {
					case 33:
						x = x.Transpose(0, 1).Contiguous().Transpose(0, 1)
					case 34:
						x, y = x.Narrow(0, 1, n), y.Narrow(0, 1, n)
					}
					dst = append(dst, []*tensor.Tensor{x, y})
				}
				return dst
			}
			together, alone := lists(), lists()
			tensor.UpdateAll(f, []float64{3}, together[:3], together[:3]) // compiles, and tries
			if err := d.Sync(); err != nil {
				t.Fatal(err)
			}
			tensor.UpdateAll(f, []float64{3}, together[3:], together[3:])
			if n := own.stream.launches; own.finds() && own.stream.current != nil && n > 3 {
				t.Errorf("%s, %v: 67 calls, two of them with gaps, are %d launches, want 3", mode, typ, n)
			}
			if mode == "gpu" && own.physical.Addresses && own.physical.Int64 && own.finding != proven {
				t.Error("the trial of addresses fails")
			}
			for _, l := range alone {
				tensor.Update(f, []float64{3}, l, l)
			}
			for i := range alone {
				for k := range alone[i] {
					if at := differ(together[i][k], alone[i][k], 0); at >= 0 {
						t.Fatalf("%s, %v: list %d, operand %d differs at element %d", mode, typ, i, k, at)
					}
				}
			}
		}
	}
}

func numbersOf(d backend.Device, typ dtype.DType, s ...int) *tensor.Tensor {
	n := 1
	for _, k := range s {
		n *= k
	}
	l := make([]float32, n)
	for i := range l {
		l[i] = float32(i * 7919 % 61)
		if typ.IsFloat() {
			l[i] = l[i]/7 - 4
		}
	}
	return tensor.From(d, l, s...).To(typ)
}

// TestRunListOrder: there is a barrier before a list and after it, and none within.
func TestRunListOrder(t *testing.T) {
	for mode, change := range listModes {
		var own *device
		d := first(t, func(d *device) {
			change(d)
			own = d
		})
		f := op.NewFn([]pointwise.Kind{pointwise.Float}, nil, func(in, _ []pointwise.Value) []pointwise.Value {
			return []pointwise.Value{in[0].Add(in[0])}
		})
		var lists [][]*tensor.Tensor
		for i := range 12 {
			lists = append(lists, []*tensor.Tensor{tensor.Ones(d, dtype.Float32, 5+i)})
		}
		for range 2 { // the first time it compiles
			if err := d.Sync(); err != nil {
				t.Fatal(err)
			}
			lists[0][0].Neg().Free()
			tensor.UpdateAll(f, nil, lists, lists)
			lists[3][0].Neg().Free()
		}
		var got []string
		for i := 0; i < len(own.stream.words); {
			switch w := own.stream.words[i:]; w[0] {
			case vkshim.OpBarrier:
				got = append(got, "barrier")
				i++
			case vkshim.OpDispatch:
				got = append(got, "launch")
				n := int(w[7])
				i += 9 + 3*n + int(w[8+3*n]+1)/2
			case vkshim.OpStamp:
				i += 2
			default:
				t.Fatalf("%s: command %d", mode, w[0])
			}
		}
		list := 12
		if own.finds() {
			list = 1
		}
		want := slices.Concat([]string{"barrier", "launch", "barrier"}, slices.Repeat([]string{"launch"}, list), []string{"barrier", "launch"})
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", mode, got, want)
		}
	}
}
