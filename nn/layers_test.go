package nn_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

func host() *nn.Maker { return nn.On(tensor.CPU(), dtype.Float64, 1) }

func draw(sizes ...int) *tensor.Tensor {
	return tensor.NewGenerator(5).Normal(tensor.CPU(), dtype.Float64, 0, 1, sizes...)
}

func near(t *testing.T, what string, got *tensor.Tensor, tol float64, want ...float64) {
	t.Helper()
	g := got.Detach().Float64s()
	if len(g) != len(want) {
		t.Errorf("%s: %d elements, want %d", what, len(g), len(want))
		return
	}
	for i := range g {
		if !(math.Abs(g[i]-want[i]) <= tol) {
			t.Errorf("%s: element %d is %v, want %v", what, i, g[i], want[i])
			return
		}
	}
}

// Fold is the transpose of Unfold: <Unfold(x), y> = <x, Fold(y)>.
func TestFoldIsTransposed(t *testing.T) {
	for _, u := range []nn.Unfold{
		{Kernel: []int{2}}, {Kernel: []int{2, 3}, Stride: []int{2, 1}, Pad: []int{1, 0}}, {Kernel: []int{3}, Stride: []int{3}, Dilation: []int{2}, Pad: []int{2}},
	} {
		x := draw(2, 3, 7, 6)
		cols := u.Forward(x)
		y := draw(cols.Shape()...)
		back := nn.Fold{Size: []int{7, 6}, Kernel: u.Kernel, Stride: u.Stride, Pad: u.Pad, Dilation: u.Dilation}.Forward(y)
		near(t, u.String(), back.Mul(x).Sum(), 1e-10, cols.Mul(y).Sum().Item())
	}
}

func TestUnpoolUndoes(t *testing.T) {
	x := draw(2, 3, 5, 6)
	y, at := nn.MaxPool2d{Kernel: 2}.ForwardIndices(x)
	back := nn.MaxUnpool2d{Kernel: 2}.Forward(y, at, 5, 6)
	again, _ := nn.MaxPool2d{Kernel: 2}.ForwardIndices(back.MaximumScalar(-9))
	near(t, "sum", back.Sum(), 1e-12, y.Sum().Item())
	near(t, "positive maxima", again.ReLU(), 1e-12, y.ReLU().Float64s()...)
	if s := (nn.MaxUnpool2d{Kernel: 2}).Forward(y, at).Shape(); !slices.Equal(s, []int{2, 3, 4, 6}) {
		t.Errorf("smallest size %v", s)
	}
}

// Each sequence of a packed batch gives what it gives alone.
func TestPackedSequences(t *testing.T) {
	b := host()
	for _, batchFirst := range []bool{false, true} {
		l := b.LSTM(3, 4, nn.RecurrentConfig{Layers: 2, Bidirectional: true, BatchFirst: batchFirst})
		seqs := []*tensor.Tensor{draw(5, 3), draw(2, 3), draw(4, 3)}
		y, h, c := l.ForwardPacked(nn.PackSequence(seqs, batchFirst), nil, nil)
		for i, s := range seqs {
			yi, hi, ci := l.Forward(s, nil, nil)
			own := y.Data.Select(1-int(flag(batchFirst)), i)
			near(t, "output", own.Slice(0, 0, s.Dim(0)).Contiguous(), 1e-12, yi.Contiguous().Float64s()...)
			near(t, "after the end", own.Slice(0, s.Dim(0), 5).Abs().Sum(), 0, 0)
			near(t, "h", h.Select(1, i).Contiguous(), 1e-12, hi.Float64s()...)
			near(t, "c", c.Select(1, i).Contiguous(), 1e-12, ci.Float64s()...)
		}
	}
}

// TestPackedGradients: a packed batch, with whatever behind the ends and a
// sequence without steps, gives the gradients that its sequences give alone.
func TestPackedGradients(t *testing.T) {
	b, both := host(), nn.RecurrentConfig{Bidirectional: true}
	relu := both
	relu.ReLU = true
	type pass func(p nn.Packed, h *tensor.Tensor) (nn.Packed, *tensor.Tensor)
	lstm, gru, rnn, rectified := b.LSTM(3, 4, both), b.GRU(3, 4, both), b.RNN(3, 4, both), b.RNN(3, 4, relu)
	for _, l := range []struct {
		layer any
		run   pass
	}{
		{lstm, func(p nn.Packed, h *tensor.Tensor) (nn.Packed, *tensor.Tensor) {
			y, h, c := lstm.ForwardPacked(p, h, h)
			return y, h.Add(c)
		}},
		{gru, gru.ForwardPacked},
		{rnn, rnn.ForwardPacked},
		{rectified, rectified.ForwardPacked},
	} {
		lengths := []int{5, 2, 0, 4}
		x, h0 := draw(5, len(lengths), 3), draw(2, len(lengths), 4)
		gy, gh := draw(5, len(lengths), 8), draw(2, len(lengths), 4)
		gradients := func(f func(x, h *tensor.Tensor) *tensor.Tensor) map[string][]float64 {
			nn.ZeroGrad(l.layer)
			x, h0 := x.Clone().SetRequiresGrad(true), h0.Clone().SetRequiresGrad(true)
			autograd.Backward(f(x, h0))
			all := map[string][]float64{"x": x.Grad().Float64s(), "h": h0.Grad().Float64s()}
			for name, p := range nn.NamedParameters(l.layer) {
				all[name] = p.Grad().Float64s()
			}
			return all
		}
		alone := gradients(func(x, h *tensor.Tensor) *tensor.Tensor {
			loss := h.Select(1, 2).Mul(gh.Select(1, 2)).Sum().MulScalar(float64(1 + int(flag(l.layer == any(lstm)))))
			for i, n := range lengths {
				if n == 0 {
					continue
				}
				part := x.Slice(1, i, i+1).Slice(0, 0, n)
				y, last := l.run(nn.Packed{Data: part, Lengths: []int{n}}, h.Slice(1, i, i+1))
				loss = loss.Add(y.Data.Mul(gy.Slice(1, i, i+1).Slice(0, 0, n)).Sum()).Add(last.Mul(gh.Slice(1, i, i+1)).Sum())
			}
			return loss
		})
		packed := gradients(func(x, h *tensor.Tensor) *tensor.Tensor {
			behind := x.Detach().Clone().Fill(math.NaN())
			for i, n := range lengths {
				behind.Slice(1, i, i+1).Slice(0, 0, n).Fill(0)
			}
			y, last := l.run(nn.Packed{Data: x.Add(behind), Lengths: lengths}, h)
			return y.Data.Mul(gy).Sum().Add(last.Mul(gh).Sum())
		})
		for name, want := range alone {
			near(t, name, tensor.From(tensor.CPU(), packed[name], len(want)), 1e-12, want...)
		}
	}
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// PyTorch 1.13: F.interpolate(x, (2, 3), mode=..., antialias=True), without and with
// align_corners, of the squares of 0 to 11.
func TestAntialias(t *testing.T) {
	x := tensor.Arange(tensor.CPU(), dtype.Float64, 0, 12, 1).Square().Reshape(1, 1, 3, 4)
	for _, c := range antialiased {
		near(t, c.what, c.u.Forward(x), 1e-4, c.want...)
	}
}

// Normalised over two processes: as over both batches in one.
func TestSyncBatchNorm(t *testing.T) {
	b := host()
	x := draw(6, 3, 4)
	whole := b.BatchNorm1d(3)
	want := whole.Forward(x.Clone().SetRequiresGrad(true))
	// Two processes take turns: what one adds, the other gets.
	meet := make(chan *tensor.Tensor, 1)
	type result struct {
		y, mean *tensor.Tensor
	}
	results := make([]chan result, 2)
	other := make(chan *tensor.Tensor, 1)
	for i := range results {
		results[i] = make(chan result, 1)
		n := nn.Synced(b.BatchNorm1d(3), pipe{[]chan *tensor.Tensor{meet, other}[i], []chan *tensor.Tensor{other, meet}[i]})
		part := x.Slice(0, 2*i, 2+4*i) // 2 and 4 of 6
		go func() {
			results[i] <- result{n.Forward(part), n.RunningVar}
		}()
	}
	first, second := <-results[0], <-results[1]
	near(t, "output", tensor.Concat(0, first.y, second.y), 1e-12, want.Float64s()...)
	near(t, "running variance", first.mean, 1e-12, whole.RunningVar.Float64s()...)
}

// A pipe adds what two processes send each other.
type pipe struct{ out, in chan *tensor.Tensor }

func (p pipe) AllReduceSum(t *tensor.Tensor) *tensor.Tensor {
	p.out <- t.Detach()
	return t.Add(<-p.in)
}

// PyTorch 1.13: Embedding(3, 2, scale_grad_by_freq=True, max_norm=1) of ids 0, 0, 1,
// and EmbeddingBag(4, 2, mode='mean') of 0 to 7.
func TestEmbeddingOptions(t *testing.T) {
	b := host()
	e := b.Embedding(3, 2, nn.MaxNorm(1), nn.ScaleGradByFreq)
	e.Weight.Detach().CopyInPlace(tensor.From(tensor.CPU(), []float64{3, 4, .3, .4, 6, 8}, 3, 2))
	y := e.Forward(tensor.From(tensor.CPU(), []int64{0, 0, 1}))
	near(t, "rows", y, 1e-6, .6, .8, .6, .8, .3, .4)
	near(t, "table", e.Weight, 1e-6, .6, .8, .3, .4, 6, 8)
	autograd.Backward(y.Sum())
	near(t, "gradient", e.Weight.Grad(), 1e-6, 1, 1, 1, 1, 0, 0)
	bag := b.EmbeddingBag(4, 2, nn.BagMean)
	bag.Weight.Detach().CopyInPlace(tensor.Arange(tensor.CPU(), dtype.Float64, 0, 8, 1).Reshape(4, 2))
	ids, offsets := tensor.From(tensor.CPU(), []int64{0, 1, 3}), tensor.From(tensor.CPU(), []int64{0, 2})
	near(t, "bags", bag.ForwardOffsets(ids, offsets, nil), 1e-12, 1, 2, 6, 7)
}

func TestDropouts(t *testing.T) {
	b := host()
	x := draw(200, 50, 4)
	feature := b.FeatureDropout(0.3)
	y := feature.Forward(tensor.OnesLike(x))
	whole := y.Mean(2).Float64s()
	dropped := 0
	for _, m := range whole {
		if m == 0 {
			dropped++
		} else if math.Abs(m-1/0.7) > 1e-12 {
			t.Fatalf("a channel's mean is %v: it was dropped in part", m)
		}
	}
	// 10,000 draws: 0.3 with a standard deviation of 0.0046.
	if p := float64(dropped) / float64(len(whole)); math.Abs(p-0.3) > 0.02 {
		t.Errorf("%v of the channels dropped, want 0.3", p)
	}
	alpha := b.AlphaDropout(0.2)
	z := alpha.Forward(x) // 40,000 standard normal numbers
	if m, s := z.Mean().Item(), z.Std(1).Item(); math.Abs(m) > 0.03 || math.Abs(s-1) > 0.03 {
		t.Errorf("alpha dropout: mean %v, standard deviation %v, want 0 and 1", m, s)
	}
	for _, m := range []any{feature, alpha} {
		nn.Eval(m)
	}
	if feature.Forward(x) != x || alpha.Forward(x) != x {
		t.Error("something is dropped in evaluation")
	}
	r := b.RReLU(0, 0)
	if a := r.Forward(tensor.OnesLike(x).Neg()); a.Max().Item() > -1./8 || a.Min().Item() < -1./3 || a.Std(1).Item() < 0.05 {
		t.Errorf("slopes from %v to %v", a.Max().Item(), a.Min().Item())
	}
}

func TestAttentionDropout(t *testing.T) {
	b := host()
	q, k, v := draw(2, 4, 3, 5), draw(2, 2, 6, 5), draw(2, 2, 6, 5)
	o := nn.DotProduct{Grouped: true, Dropout: b.Dropout(1e-12)} // nothing is dropped, by another way
	want := nn.ScaledDotProductAttention(q, k, v, nn.DotProduct{Grouped: true})
	near(t, "attention", nn.ScaledDotProductAttention(q, k, v, o), 1e-9, want.Float64s()...)
	o.Dropout = b.Dropout(0.5)
	if nn.ScaledDotProductAttention(q, k, v, o).Sub(want).Abs().Max().Item() < 0.01 {
		t.Error("dropout changes nothing")
	}
}

func TestInits(t *testing.T) {
	g := tensor.NewGenerator(1)
	for _, s := range [][]int{{4, 6}, {6, 4}, {3, 2, 2}} {
		w := nn.Orthogonal(tensor.Zeros(tensor.CPU(), dtype.Float64, s...), g, 2).Reshape(s[0], -1)
		if w.Dim(0) > w.Dim(1) {
			w = w.T()
		}
		near(t, "orthogonal", w.MatMul(w.T()), 1e-12, tensor.Eye(tensor.CPU(), dtype.Float64, w.Dim(0), w.Dim(0)).MulScalar(4).Float64s()...)
	}
	conv := host().Conv2d(4, 4, 3, nn.Pad(1), nn.Groups(2), nn.NoBias)
	nn.Dirac(conv.Weight, 2)
	x := draw(1, 4, 5, 5)
	near(t, "dirac", conv.Forward(x), 1e-12, x.Float64s()...)
	sparse := nn.Sparse(tensor.Zeros(tensor.CPU(), dtype.Float64, 10, 5), g, 0.35, 1)
	near(t, "zeros", sparse.EqScalar(0).Sum(0).To(dtype.Float64), 0, 4, 4, 4, 4, 4)
	near(t, "eye", nn.Eye(tensor.Ones(tensor.CPU(), dtype.Float64, 2, 3)), 0, 1, 0, 0, 0, 1, 0)
	if g := nn.Gain(nn.LeakyReLU{Slope: 1}); g != 1 {
		t.Errorf("gain %v, want 1", g)
	}
}

func TestLazy(t *testing.T) {
	b := host()
	net := nn.Sequential{b.LazyConv2d(4, 3), b.LazyBatchNorm2d(), nn.Flatten{}, b.LazyLinear(2)}
	nn.Eval(net)
	if n := nn.NumParameters(net); n != 0 {
		t.Errorf("%d parameters before the first input", n)
	}
	net.Forward(draw(2, 3, 5, 5))
	var names []string
	for name := range nn.NamedParameters(net) {
		names = append(names, name)
	}
	if got, want := strings.Join(names, " "), "0.weight 0.bias 1.weight 1.bias 3.weight 3.bias"; got != want {
		t.Errorf("parameters %s, want %s", got, want)
	}
	if bn := net[1].(*nn.Lazy).Layer.(*nn.BatchNorm2d); bn.Training() {
		t.Error("a layer made in evaluation is in training")
	}
}

func TestObserve(t *testing.T) {
	b := host()
	net := nn.Sequential{b.Linear(3, 4), nn.ReLU{}, b.Linear(4, 2)}
	var seen [][]int
	tensor.Scope(func(s *tensor.Arena) {
		s.Observe(func(layer any, _, out *tensor.Tensor) {
			if layer == net[0] || layer == net[2] {
				seen = append(seen, out.Shape())
			}
		})
		net.Forward(s.Own(draw(5, 3)))
	})
	net.Forward(draw(5, 3)) // unobserved
	if len(seen) != 2 || !slices.Equal(seen[0], []int{5, 4}) || !slices.Equal(seen[1], []int{5, 2}) {
		t.Errorf("observed %v", seen)
	}
}
