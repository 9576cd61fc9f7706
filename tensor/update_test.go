package tensor_test

import (
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/tensor"
)

var axpy = op.NewFn([]pointwise.Kind{pointwise.Float, pointwise.Float}, []pointwise.Kind{pointwise.Float}, func(in, s []pointwise.Value) []pointwise.Value {
	return []pointwise.Value{in[0].Add(s[0].Mul(in[1]))}
})

type list = []*tensor.Tensor

func TestUpdateAll(t *testing.T) {
	x := vec(1, 2, 3, 4)
	half := tensor.Ones(cpu, dtype.BFloat16, 2)
	for _, c := range []struct {
		name    string
		dst, in []list
		want    [][]float64
		why     string
	}{
		{"none", nil, nil, nil, ""},
		{"apart", []list{{vec(1)}, {vec(2, 3)}, {tensor.Zeros(cpu, dtype.Float64, 0)}}, nil, [][]float64{{11}, {12, 13}, {}}, "and one is empty"},
		{"types", []list{{vec(1)}, {half}, {vec(2)}}, nil, [][]float64{{11}, {11, 11}, {12}}, "in between is one of another type"},
		{"one memory", []list{{x.Slice(0, 0, 2)}, {x.Slice(0, 2, 4)}}, nil, [][]float64{{11, 12}, {13, 14}}, "parts of one tensor"},
		{"in order", []list{{x}, {vec(0, 0, 0, 0)}, {x}}, []list{nil, {x}, nil}, [][]float64{{21, 22, 23, 24}, {21, 22, 23, 24}, {21, 22, 23, 24}}, "later lists read what earlier ones wrote"},
	} {
		x.CopyInPlace(vec(1, 2, 3, 4))
		in := make([]list, len(c.dst))
		for i, d := range c.dst {
			in[i] = append(list{}, d...)
			if c.in != nil && c.in[i] != nil {
				in[i] = c.in[i]
			}
			in[i] = append(in[i], tensor.Scalar(cpu, 1.0).To(d[0].DType()))
		}
		tensor.UpdateAll(axpy, []float64{10}, c.dst, in)
		for i, want := range c.want {
			same(t, c.name+" ("+c.why+")", c.dst[i][0], []int{len(want)}, want...)
			if c.dst[i][0].Version() == 0 && len(want) > 0 {
				t.Errorf("%s: the change was not counted", c.name)
			}
		}
	}
}

func TestUpdateAllMisuse(t *testing.T) {
	freed := vec(1)
	freed.Free()
	for _, c := range []struct {
		name    string
		dst, in []list
		want    string
	}{
		{"lists", []list{{vec(1)}}, nil, "1 lists of results, 0 of operands"},
		{"shape", []list{{vec(1)}, {vec(1)}}, []list{{vec(1), vec(1)}, {vec(1, 2), vec(1)}}, "does not fit in place of [1]"},
		{"freed", []list{{vec(1)}, {vec(1)}}, []list{{vec(1), vec(1)}, {freed, vec(1)}}, "freed"},
		{"nil", []list{{vec(1)}, {vec(1)}}, []list{{vec(1), vec(1)}, {nil, vec(1)}}, "nil"},
	} {
		err := tensor.Try(func() error { tensor.UpdateAll(axpy, []float64{1}, c.dst, c.in); return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
