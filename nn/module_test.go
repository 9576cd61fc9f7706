package nn_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/golden"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

type block struct {
	nn.Mode
	Conv1   *nn.Conv2d
	BN1     *nn.BatchNorm2d
	Act     nn.ReLU
	Drop    *nn.Dropout
	QKVProj *nn.Linear `nn:"qkv"`
	Scale   *tensor.Tensor
	Table   *tensor.Tensor `nn:"lookup,buffer"`
	Hidden  *nn.Linear     `nn:"-"`
	Absent  *nn.Linear
	Parts   map[string]nn.Layer
	Stages  []nn.Layer
	private *nn.Linear
}

func newBlock() *block {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	shared := b.Linear(2, 2, nn.NoBias)
	return &block{
		Conv1: b.Conv2d(1, 2, 3), BN1: b.BatchNorm2d(2), Drop: b.Dropout(0.5), QKVProj: b.Linear(2, 6, nn.NoBias),
		Scale: b.Parameter(2), Table: tensor.Ones(tensor.CPU(), dtype.Float32, 3), Hidden: b.Linear(1, 1), private: b.Linear(1, 1),
		Parts:  map[string]nn.Layer{"b": shared, "a": shared, "10": nn.GELU{}, "9": b.Linear(1, 1, nn.NoBias)},
		Stages: []nn.Layer{nn.Sequential{nn.Identity{}, b.Linear(1, 2, nn.NoBias)}, b.PReLU(1)},
	}
}

func TestNames(t *testing.T) {
	m := newBlock()
	var got []string
	for name := range nn.StateDict(m) {
		got = append(got, name)
	}
	want := strings.Fields(`scale lookup conv1.weight conv1.bias bn1.weight bn1.bias bn1.running_mean bn1.running_var bn1.num_batches_tracked
		qkv.weight parts.9.weight parts.a.weight parts.b.weight stages.0.1.weight stages.1.weight`)
	if !slices.Equal(got, want) {
		t.Errorf("StateDict yields\n%v, want\n%v", got, want)
	}
	if n := len(nn.Parameters(m)); n != 10 {
		t.Errorf("%d parameters, want 10: the shared weight counts once", n)
	}
	for name := range nn.NamedBuffers(m) {
		if name == "lookup" {
			return
		}
	}
	t.Error("NamedBuffers does not yield lookup")
}

func TestTrainAndEval(t *testing.T) {
	m := newBlock()
	if !m.Training() || !m.BN1.Training() {
		t.Error("a new module is not in training")
	}
	nn.Eval(m)
	if m.Training() || m.BN1.Training() || m.Drop.Training() {
		t.Error("Eval left a module in training")
	}
	nn.Train(m)
	if !m.Training() || !m.BN1.Training() || !m.Drop.Training() {
		t.Error("Train left a module in evaluation")
	}
}

func TestLoadStateDict(t *testing.T) {
	m, other := newBlock(), newBlock()
	state := maps.Collect(nn.StateDict(other))
	state["conv1.bias"] = tensor.From(tensor.CPU(), []float64{3, 4}) // another type
	if err := nn.LoadStateDict(m, state, true); err != nil {
		t.Fatal(err)
	}
	if got := m.Conv1.Bias.Float64s(); !slices.Equal(got, []float64{3, 4}) {
		t.Errorf("bias %v, want [3 4]", got)
	}
	if !m.Conv1.Bias.RequiresGrad() || m.Conv1.Bias.DType() != dtype.Float32 {
		t.Error("LoadStateDict replaced the parameter")
	}
	delete(state, "scale")
	state["more"] = state["lookup"]
	state["conv1.bias"] = tensor.Zeros(tensor.CPU(), dtype.Float32, 3)
	err := nn.LoadStateDict(m, state, true)
	var e *nn.StateError
	if !errors.As(err, &e) || !slices.Equal(e.Missing, []string{"scale"}) || !slices.Equal(e.Unexpected, []string{"more"}) || len(e.Mismatched) != 1 {
		t.Errorf("got %v", err)
	}
	if err := nn.LoadStateDict(m, state, false); !errors.As(err, &e) || len(e.Missing)+len(e.Unexpected) != 0 {
		t.Errorf("not strict: got %v, want the shape only", err)
	}
}

func TestTo(t *testing.T) {
	m := newBlock()
	nn.To(m, nil, dtype.Float64)
	for name, p := range nn.StateDict(m) {
		if want := map[bool]dtype.DType{true: dtype.Int64, false: dtype.Float64}[strings.HasSuffix(name, "tracked")]; p.DType() != want {
			t.Errorf("%s is %v, want %v", name, p.DType(), want)
		}
	}
	if m.Parts["a"].(*nn.Linear).Weight != m.Parts["b"].(*nn.Linear).Weight {
		t.Error("a shared weight is not shared any more")
	}
	if !m.Scale.RequiresGrad() || !m.Scale.IsLeaf() {
		t.Error("a parameter is not trainable any more")
	}
}

func TestFreezeAndApply(t *testing.T) {
	m := newBlock()
	nn.Freeze(m)
	for name, p := range nn.NamedParameters(m) {
		if p.RequiresGrad() {
			t.Errorf("%s requires a gradient", name)
		}
	}
	nn.Unfreeze(m)
	linears := 0
	nn.Apply(m, func(m any) {
		if l, ok := m.(*nn.Linear); ok {
			linears++
			nn.Zeros(l.Weight)
		}
	})
	if linears != 4 || nn.Parameters(m.QKVProj)[0].Abs().Sum().Item() != 0 {
		t.Errorf("Apply saw %d linear layers, want 4", linears)
	}
}

// TestDefaults checks the distributions of fresh parameters against PyTorch's:
// bounds and variances of enough numbers.
func TestDefaults(t *testing.T) {
	b := nn.On(tensor.CPU(), dtype.Float64, 3)
	gen := b.Generator()
	for _, c := range []struct {
		name       string
		t          *tensor.Tensor
		bound, std float64
	}{
		{"linear", b.Linear(400, 200).Weight, 0.05, 0.05 / 1.7320508},
		{"linear bias", b.Linear(400, 20000).Bias, 0.05, 0.05 / 1.7320508},
		{"conv", b.Conv2d(16, 100, 5, nn.Groups(4)).Weight, 0.1, 0.1 / 1.7320508}, // fan in 100
		{"embedding", b.Embedding(200, 100).Weight, 6, 1},
		{"kaiming uniform", nn.KaimingUniform(b.Parameter(200, 100), gen), 0.2449490, 0.1414214}, // sqrt(6/100), sqrt(2/100)
		{"kaiming normal, fan out", nn.KaimingNormal(b.Parameter(200, 100), gen, nn.Kaiming{FanOut: true}), 1, 0.1},
		{"xavier uniform", nn.XavierUniform(b.Parameter(200, 100), gen, 1), 0.1414214, 0.0816497}, // sqrt(6/300), sqrt(2/300)
		{"xavier normal", nn.XavierNormal(b.Parameter(100, 100), gen, 2), 1, 0.2},
		{"truncated", nn.TruncNormal(b.Parameter(100, 200), gen, 0, 1, -1, 1), 1, 0.5396}, // scipy.stats.truncnorm(-1, 1).std()
	} {
		biggest, mean := c.t.Abs().Max().Item(), c.t.Mean().Item()
		std := l2(c.t.Detach().SubScalar(mean)) / l2(tensor.OnesLike(c.t))
		// 20,000 numbers: the standard error of std is below 0.5 %, that of the mean
		// 0.7 % of std.
		if biggest > c.bound || std < 0.97*c.std || std > 1.03*c.std || mean > 0.04*c.std || mean < -0.04*c.std {
			t.Errorf("%s: largest %v, mean %v, std %v; want at most %v, 0, %v", c.name, biggest, mean, std, c.bound, c.std)
		}
	}
}

func TestPaddingIdx(t *testing.T) {
	e := nn.On(tensor.CPU(), dtype.Float32, 1).Embedding(4, 2, nn.PaddingIdx(-1))
	if got := e.Weight.Select(0, 3).Abs().Sum().Item(); got != 0 {
		t.Errorf("padding row sums to %v, want 0", got)
	}
}

// TestMisuse checks that mistakes panic with a *tensor.Error that says so.
func TestMisuse(t *testing.T) {
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	x := tensor.Ones(tensor.CPU(), dtype.Float32, 1, 2)
	for _, c := range []struct {
		want string
		f    func()
	}{
		{"option Groups does not apply", func() { b.Linear(1, 1, nn.Groups(2)) }},
		{"do not divide into 3 groups", func() { b.Conv1d(4, 4, 3, nn.Groups(3)) }},
		{"more than one value for each channel", func() { b.BatchNorm1d(2).Forward(x) }},
		{"want one shape", func() { nn.MSE(x, tensor.Ones(tensor.CPU(), dtype.Float32, 2)) }},
		{"at most one", func() { nn.MSE(x, x, nn.Sum, nn.Mean) }},
		{"want the last axes to be [3]", func() { b.LayerNorm(3).Forward(x) }},
		{"probability 2", func() { b.Dropout(2) }},
		{"nil is no module", func() { nn.Parameters(nil) }},
	} {
		err := tensor.Try(func() error { c.f(); return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

// TestInferenceRecordsNothing checks that NoGrad of the input reaches the output
// of every kind of layer that makes tensors of its own.
func TestInferenceRecordsNothing(t *testing.T) {
	dev := tensor.CPU()
	b := nn.On(dev, dtype.Float32, 1)
	words := b.Generator().Int(dev, dtype.Int64, 0, 27, 2, 16)
	images := b.Generator().Normal(dev, dtype.Float32, 0, 1, 2, 1, 28, 28)
	for _, c := range []struct {
		name string
		m    nn.Layer
		x    *tensor.Tensor
	}{
		{"cnn", golden.CNN(b), images}, {"gpt", golden.GPT(b), words}, {"rnn", golden.RNN(b), words}, {"lstm", golden.LSTM(b), words}, {"gru", golden.GRU(b), words},
	} {
		if !c.m.Forward(c.x).RequiresGrad() {
			t.Errorf("%s: nothing is recorded in training", c.name)
		}
		if c.m.Forward(c.x.NoGrad()).RequiresGrad() {
			t.Errorf("%s: NoGrad is lost on the way", c.name)
		}
	}
}
