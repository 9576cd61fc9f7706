package optim_test

import (
	"math"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// A host is an algorithm written out on float64 matrices, from the paper's
// formulas and PyTorch's defaults: the algorithms here are younger than the
// version that the recorded data is from.
type host func(step int, p, g [][]float64, state map[string][][]float64)

func each2(p [][]float64, f func(i, j int)) {
	for i := range p {
		for j := range p[i] {
			f(i, j)
		}
	}
}

func product(a, b [][]float64) [][]float64 {
	c := zeros2(len(a), len(b[0]))
	for i := range a {
		for j := range b[0] {
			for k := range b {
				c[i][j] += a[i][k] * b[k][j]
			}
		}
	}
	return c
}

func transposed(a [][]float64) [][]float64 {
	c := zeros2(len(a[0]), len(a))
	each2(a, func(i, j int) { c[j][i] = a[i][j] })
	return c
}

func zeros2(n, m int) [][]float64 {
	c := make([][]float64, n)
	for i := range c {
		c[i] = make([]float64, m)
	}
	return c
}

func rms(a [][]float64) float64 {
	s, n := 0.0, 0
	each2(a, func(i, j int) { s += a[i][j] * a[i][j]; n++ })
	return math.Sqrt(s / float64(n))
}

func kept(state map[string][][]float64, name string, p [][]float64) [][]float64 {
	if state[name] == nil {
		state[name] = zeros2(len(p), len(p[0]))
	}
	return state[name]
}

func lionHost(_ int, p, g [][]float64, state map[string][][]float64) {
	m := kept(state, "m", p)
	each2(p, func(i, j int) {
		p[i][j] *= 1 - 0.01*0.1
		if c := 0.9*m[i][j] + 0.1*g[i][j]; c != 0 {
			p[i][j] -= 0.01 * math.Copysign(1, c)
		}
		m[i][j] = 0.99*m[i][j] + 0.01*g[i][j]
	})
}

func sparseAdamHost(step int, p, g [][]float64, state map[string][][]float64) {
	m, v := kept(state, "m", p), kept(state, "v", p)
	each2(p, func(i, j int) {
		if g[i][j] == 0 {
			return
		}
		m[i][j] = 0.9*m[i][j] + 0.1*g[i][j]
		v[i][j] = 0.999*v[i][j] + 0.001*g[i][j]*g[i][j]
		p[i][j] -= 0.01 * math.Sqrt(1-math.Pow(0.999, float64(step))) / (1 - math.Pow(0.9, float64(step))) * m[i][j] / (math.Sqrt(v[i][j]) + 1e-8)
	})
}

func adafactorHost(step int, p, g [][]float64, state map[string][][]float64) {
	row, col := kept(state, "r", [][]float64{make([]float64, len(p))})[0], kept(state, "c", [][]float64{make([]float64, len(p[0]))})[0]
	beta := 1 - math.Pow(float64(step), -0.8)
	alpha := max(1e-3, rms(p)) * min(0.02, 1/math.Sqrt(float64(step)))
	rows, cols := make([]float64, len(row)), make([]float64, len(col))
	each2(g, func(i, j int) {
		rows[i] += g[i][j] * g[i][j] / float64(len(col))
		cols[j] += g[i][j] * g[i][j] / float64(len(row))
	})
	mean := 0.0
	for i := range row {
		row[i] = beta*row[i] + (1-beta)*rows[i]
		mean += row[i] / float64(len(row))
	}
	for j := range col {
		col[j] = beta*col[j] + (1-beta)*cols[j]
	}
	u := zeros2(len(p), len(p[0]))
	each2(p, func(i, j int) { u[i][j] = g[i][j] / math.Sqrt(max(row[i]*col[j]/mean, 0x1p-104)) })
	clip := max(1, rms(u))
	each2(p, func(i, j int) { p[i][j] = p[i][j]*(1-0.02*0.1) - alpha/clip*u[i][j] })
}

func muonHost(_ int, p, g [][]float64, state map[string][][]float64) {
	m := kept(state, "m", p)
	x := zeros2(len(p), len(p[0]))
	each2(p, func(i, j int) {
		m[i][j] = 0.95*m[i][j] + 0.05*g[i][j]
		x[i][j] = 0.05*g[i][j] + 0.95*m[i][j]
	})
	tall := len(x) > len(x[0])
	if tall {
		x = transposed(x)
	}
	norm := rms(x) * math.Sqrt(float64(len(x)*len(x[0])))
	each2(x, func(i, j int) { x[i][j] /= norm })
	for range 5 {
		a := product(x, transposed(x))
		aa := product(a, a)
		each2(a, func(i, j int) { a[i][j] = -4.775*a[i][j] + 2.0315*aa[i][j] })
		bx := product(a, x)
		each2(x, func(i, j int) { x[i][j] = 3.4445*x[i][j] + bx[i][j] })
	}
	if tall {
		x = transposed(x)
	}
	scale := math.Sqrt(max(1, float64(len(p))/float64(len(p[0]))))
	each2(p, func(i, j int) { p[i][j] = p[i][j]*(1-0.01*0.1) - 0.01*scale*x[i][j] })
}

// TestAgainstFormulas follows ten steps in float64.
func TestAgainstFormulas(t *testing.T) {
	for _, c := range []struct {
		a    optim.Algorithm
		host host
	}{
		{optim.Lion{LR: 0.01, WeightDecay: 0.1}, lionHost},
		{optim.SparseAdam{LR: 0.01}, sparseAdamHost},
		{optim.Adafactor{LR: 0.02, WeightDecay: 0.1}, adafactorHost},
		{optim.Muon{LR: 0.01}, muonHost},
	} {
		for _, size := range [][2]int{{2, 3}, {4, 3}} {
			n, m := size[0], size[1]
			gen := tensor.NewGenerator(3)
			p := gen.Normal(tensor.CPU(), dtype.Float64, 0, 1, n, m).SetRequiresGrad(true)
			want := matrix(p)
			opt := optim.New(c.a, []*tensor.Tensor{p})
			state := map[string][][]float64{}
			for step := 1; step <= 10; step++ {
				g := gen.Normal(tensor.CPU(), dtype.Float64, 0, 1, n, m)
				g.Select(0, step%n).Fill(0) // a row that does not occur
				p.SetGrad(g)
				opt.Step()
				c.host(step, want, matrix(g), state)
				got := matrix(p)
				each2(got, func(i, j int) {
					// Sums of up to 4 terms, some in another order; ten steps.
					if !(math.Abs(got[i][j]-want[i][j]) <= 1e-12) {
						t.Fatalf("%T %v: step %d: element %d, %d is %v, want %v", c.a, size, step, i, j, got[i][j], want[i][j])
					}
				})
			}
		}
	}
}

func matrix(t *tensor.Tensor) [][]float64 {
	var l [][]float64
	for i := range t.Dim(0) {
		l = append(l, t.Detach().Select(0, i).Contiguous().Float64s())
	}
	return l
}

func TestMuonWantsMatrices(t *testing.T) {
	err := tensor.Try(func() error { optim.Muon{}.New([]*tensor.Tensor{param(3)}); return nil })
	if err == nil || !strings.Contains(err.Error(), "want a matrix") {
		t.Errorf("got %v", err)
	}
}
