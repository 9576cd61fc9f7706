package ptx

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxas"
	"github.com/hekla-ml/hekla/internal/ptxsim"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// samples returns a kernel of every form, and one of every elementwise op.
func samples() map[string]*Kernel {
	all := map[string]*Kernel{}
	for _, o := range op.All() {
		_, in, scalars, ok := o.Elementwise()
		if !ok {
			continue
		}
		metas := make([]op.Meta, len(in))
		for i := range metas {
			metas[i] = op.Meta{Shape: []int{4}, DType: dtype.Float32}
		}
		outs, err := o.Infer(metas, make([]float64, len(scalars)))
		if err != nil {
			continue
		}
		fn, _ := o.Lower(metas, make([]float64, len(scalars)))
		s := pointwise.Spec{Program: fn.Program, Out: []dtype.DType{outs[0].DType}}
		for range in {
			s.In = append(s.In, dtype.Float32)
		}
		all["op "+o.Name] = Pointwise(s, 0, false)
	}
	// All conversions, all ways to count, and division in each type.
	for _, from := range dtype.All() {
		for _, to := range dtype.All() {
			fn, _ := op.Cast.Lower([]op.Meta{{Shape: []int{4}, DType: from}}, to)
			s := pointwise.Spec{Program: fn.Program, In: []dtype.DType{from}, Out: []dtype.DType{to}}
			all["cast "+from.String()+" "+to.String()] = Pointwise(s, int(from)%4, to == dtype.Int8)
		}
	}
	for _, d := range []dtype.DType{dtype.Float64, dtype.Int32, dtype.Int64, dtype.Uint8} {
		m := op.Meta{Shape: []int{4}, DType: d}
		for _, o := range []string{"add", "mul", "sub", "maximum", "minimum", "fmod", "remainder", "floordiv", "eq", "lt", "abs", "neg", "sign", "bitwiseand", "bitwisenot", "leftshift", "rightshift", "where", "clamp", "floor", "round", "exp", "exp2", "expm1", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"} {
			x := op.Lookup(o)
			if x == nil {
				continue
			}
			_, in, scalars, ok := x.Elementwise()
			metas := []op.Meta{m, m, m}[:len(in)]
			outs, err := x.Infer(metas, make([]float64, len(scalars)))
			if !ok || err != nil {
				continue
			}
			fn, _ := x.Lower(metas, make([]float64, len(scalars)))
			s := pointwise.Spec{Program: fn.Program, In: []dtype.DType{d, d, d}[:len(in)], Out: []dtype.DType{outs[0].DType}}
			if Supported(s) == nil {
				all[o+" "+d.String()] = Pointwise(s, 2, true)
			}
		}
	}
	for _, d := range []dtype.DType{dtype.Float32, dtype.Float64, dtype.Int64} {
		k := pointwise.Float
		if d == dtype.Int64 {
			k = pointwise.Int
		}
		p := pointwise.New([]pointwise.Kind{k}, nil, func(in, _ []pointwise.Value) []pointwise.Value { return in })
		all["list "+d.String()] = List(pointwise.Spec{Program: p, In: []dtype.DType{d}, Out: []dtype.DType{d}})
		for by := op.BySum; by <= op.ByMin; by++ {
			for _, team := range []int{1, 32, 256} {
				r := Reduction{Spec: pointwise.Spec{Program: p, In: []dtype.DType{d}, Out: []dtype.DType{d}}, By: by, Out: d, Divide: by == op.BySum && d != dtype.Int64, Kept: team % 3, Reduced: 2, Team: team, Columns: team == 32, Index: team == 1, Wide: by == op.ByMax}
				all["reduce "+d.String()+by.String()+number(team)] = Reduce(r)
			}
		}
	}
	for _, d := range dtype.All() {
		if d != dtype.Bool {
			all["matmul "+d.String()] = MatMul(d, LargeTile, true, false, 2)
			all["small matmul "+d.String()] = MatMul(d, SmallTile, false, true, 0)
			all["scatteradd "+d.String()] = Scatter(d, d, dtype.Int32, true, 2)
			all["arg "+d.String()] = ArgKernel(d, true, 2)
			all["max windows "+d.String()] = Windows(Pool{In: d, Out: d, Rank: 2, Max: true})
		}
		all["searchsorted "+d.String()] = SearchSorted(d, d.IsFloat())
		all["resize "+d.String()] = Resize(d, d)
		all["scatterreduce "+d.String()] = ScatterReduce(ScatterReduction{Index: dtype.Int32, Src: d, Y: d, By: op.ByMax, Counted: true, ExcludeSelf: true, Rank: 2})
		all["gather "+d.String()] = Gather(d.Size(), dtype.Int64, 3)
		all["scatter "+d.String()] = Scatter(d, d, dtype.Int64, false, 2)
		all["sort result "+d.String()] = SortResult(d.Size(), 1)
	}
	for _, adaptive := range []bool{false, true} {
		p := Pool{In: dtype.Float16, Out: dtype.Float16, Rank: 1, Adaptive: adaptive, ExcludePad: !adaptive}
		all["mean windows "+map[bool]string{true: "adaptive"}[adaptive]] = Windows(p)
		all["spread "+map[bool]string{true: "adaptive"}[adaptive]] = Spread(p)
	}
	for _, d := range []dtype.DType{dtype.Float16, dtype.Float32, dtype.Float64} {
		all["linear scan "+d.String()] = LinearScan(d, 1)
	}
	return all
}

// TestLoad hands every form to the interpreter, which checks opcodes and the
// types of registers.
func TestLoad(t *testing.T) {
	for name, k := range samples() {
		if _, err := ptxsim.Load(k.Text); err != nil {
			t.Errorf("%s: %v\n%s", name, err, k.Text)
		}
	}
}

// TestAssemble hands every form to NVIDIA's assembler, where that is found. It is the judge of what the
// interpreter accepts.
func TestAssemble(t *testing.T) {
	assemblers := ptxas.Find()
	if len(assemblers) == 0 || testing.Short() {
		t.Skip("no ptxas (scripts/ptxas.sh fetches it), or a short test")
	}
	for i, arch := range []string{"sm_50", "sm_90"} {
		var texts []string
		for name, k := range samples() {
			if len(name)%2 == i {
				texts = append(texts, k.Text)
			}
		}
		said, err := ptxas.Job{Assembler: assemblers[len(assemblers)-1], Arch: arch, Flags: []string{"-O0"}}.Check(texts)
		if err != nil {
			t.Fatal(err)
		}
		for text, s := range said {
			t.Errorf("for %s: %s\n%s", arch, s, text)
		}
	}
}
