package ptx

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// special are the numbers at which functions change their way.
var special = []float32{
	0, float32(math.Copysign(0, -1)), 1, -1, 0.5, -0.5, 2, -3, 1e-40, -1e-40, 1e-30, 3e38, -3e38, 1e10, -1e10, 88.7, -104,
	float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 1.5, 2.5, -2.5, 1e-8, 0.99999994, 2147483648, -2147483648, 4294967296,
}

func randomFloat(r *rand.Rand) float32 {
	if r.IntN(3) == 0 {
		return special[r.IntN(len(special))]
	}
	return float32(r.NormFloat64() * math.Pow(10, float64(r.IntN(7)-3)))
}

// TestBits runs every elementwise op of the table in float32 and compares the
// bits of its results with the evaluator's.
func TestBits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const n = 300
	checked := 0
	for _, o := range op.All() {
		_, in, scalars, ok := o.Elementwise()
		if !ok {
			continue
		}
		metas := make([]op.Meta, len(in))
		for i := range metas {
			metas[i] = op.Meta{Shape: []int{n}, DType: dtype.Float32}
		}
		uniforms := make([]float64, len(scalars))
		for i := range uniforms {
			uniforms[i] = float64(float32(r.NormFloat64()))
		}
		outs, err := o.Infer(metas, uniforms)
		if err != nil {
			continue // not for floats
		}
		fn, us := o.Lower(metas, uniforms)
		checkBits(t, o.Name, fn.Program, us, outs[0].DType, n, r)
		checked++
	}
	if checked < 100 {
		t.Errorf("only %d ops were checked", checked)
	}
}

func checkBits(t *testing.T, name string, p *pointwise.Program, uniforms []float64, out dtype.DType, n int, r *rand.Rand) {
	t.Helper()
	s := pointwise.Spec{Program: p, Out: []dtype.DType{out}}
	var mem ptxsim.Memory
	words := []uint64{uint64(n)}
	in := make([][]float32, len(p.Inputs))
	for i := range in {
		s.In = append(s.In, dtype.Float32)
		in[i] = make([]float32, n)
		for k := range in[i] {
			in[i][k] = randomFloat(r)
		}
		words = append(words, upload(&mem, bytesOf32(in[i])))
	}
	size := out.Size()
	res := upload(&mem, make([]byte, n*size))
	words = append(words, res)
	for i, u := range uniforms {
		words = append(words, Scalar(p.Uniforms[i], u, false))
	}
	k := compileKernel(t, Pointwise(s, 0, false))
	launch(t, &mem, k, (n+127)/128, 128, words)
	got := mem.Bytes(res, int64(n*size))
	e := expanded(s).Program
	x := make([]float64, len(in))
	for i := range n {
		for k := range in {
			x[k] = float64(in[k][i])
		}
		want := e.EvalFloat32(x, uniforms, uint64(i))[0]
		if out == dtype.Bool {
			if got[i] != byte(want) {
				t.Fatalf("%s(%v) = %d, want %v", name, x, got[i], want)
			}
			continue
		}
		y := math.Float32frombits(binary.LittleEndian.Uint32(got[4*i:]))
		if math.Float32bits(y) != math.Float32bits(float32(want)) && !(y != y && want != want) {
			t.Fatalf("%s(%v, %v) = %v (%#x), want %v (%#x)", name, x, uniforms, y, math.Float32bits(y), want, math.Float32bits(float32(want)))
		}
	}
}

func BenchmarkGELU(b *testing.B) {
	o := op.Lookup("gelu")
	fn, _ := o.Lower([]op.Meta{{Shape: []int{4096}, DType: dtype.Float32}}, nil)
	s := pointwise.Spec{Program: fn.Program, In: []dtype.DType{dtype.Float32}, Out: []dtype.DType{dtype.Float32}}
	k := compileKernel(b, Pointwise(s, 0, false))
	var mem ptxsim.Memory
	x, y := upload(&mem, make([]byte, 4*4096)), upload(&mem, make([]byte, 4*4096))
	params := binary.LittleEndian.AppendUint64(nil, 4096)
	params = binary.LittleEndian.AppendUint64(params, x)
	params = binary.LittleEndian.AppendUint64(params, y)
	var steps uint64
	for b.Loop() {
		if err := k.Run(&mem, ptxsim.Launch{Grid: [3]uint32{16, 1, 1}, Block: [3]uint32{256, 1, 1}, Params: params, Steps: &steps}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(steps), "ns/step")
}
