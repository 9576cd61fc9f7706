package op

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// Formulas hold in float32 too: no overflow on the way to a result, or a
// derivative, that float32 can hold.
func TestFloat32(t *testing.T) {
	for _, o := range All() {
		if o.row == nil {
			continue
		}
		for _, s := range samplesOf(o) {
			metas := metasOf(valuesOf(s.In))
			fn, uniforms := o.Lower(metas, s.Attrs)
			full, _ := broadcast(metas)
			in := make([]*Array, len(s.In))
			for i, a := range s.In {
				if !a.Meta.DType.IsFloat() && i != o.row.cond || a.Meta.DType == dtype.Float64 {
					in = nil
					break
				}
				in[i] = a.Broadcast(full)
			}
			if in == nil || s.Name == "denormals" {
				continue
			}
			var wrt []int
			for i, k := range fn.Inputs {
				if k == pointwise.Float {
					wrt = append(wrt, i)
				}
			}
			grad := fn.VJP(wrt)
			x := make([]float64, len(in))
		points:
			for i := range in[0].Data {
				for k, a := range in {
					if x[k] = a.Data[i]; math.Abs(x[k]) == math.MaxFloat32 {
						continue points // a sum or square of it does not fit
					}
				}
				want, got := fn.Eval(x, uniforms, 0)[0], fn.EvalFloat32(x, uniforms, 0)[0]
				if !near32(got, want, x) {
					t.Errorf("%s%v %v = %v in float32, want %v", o.Name, x, uniforms, got, want)
					break
				}
				if fn.Code[fn.Outputs[0]].Kind != pointwise.Float {
					continue
				}
				wide := grad.Eval(append(append(append([]float64{}, x...), want), 1), uniforms, 0)
				narrow := grad.EvalFloat32(append(append(append([]float64{}, x...), got), 1), uniforms, 0)
				for k := range wide {
					if !near32(narrow[k], wide[k], x) {
						t.Errorf("%s'%v %v by operand %d = %v in float32, want %v", o.Name, x, uniforms, k, narrow[k], wide[k])
						break points
					}
				}
			}
		}
	}
}

// near32 allows for the rounding of a few operations on numbers as large as x.
func near32(got, want float64, x []float64) bool {
	if same(got, want) || math.Abs(want) > math.MaxFloat32/2 {
		return true
	}
	return math.Abs(got-want) <= 1e-5*math.Max(1, math.Abs(want))
}
