package golden

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/hashfill"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

type sequenceCase struct {
	Module string
	Ctor   struct {
		InputSize        int `json:"input_size"`
		HiddenSize       int `json:"hidden_size"`
		NumLayers        int `json:"num_layers"`
		Bidirectional    bool
		BatchFirst       bool `json:"batch_first"`
		Nonlinearity     string
		ProjSize         int `json:"proj_size"`
		Bias             *bool
		EmbedDim         int  `json:"embed_dim"`
		NumHeads         int  `json:"num_heads"`
		AddBiasKV        bool `json:"add_bias_kv"`
		AddZeroAttn      bool `json:"add_zero_attn"`
		KDim, VDim       int
		DModel           int `json:"d_model"`
		NHead            int
		DimFeedforward   int `json:"dim_feedforward"`
		Activation       string
		NormFirst        bool `json:"norm_first"`
		NumEncoderLayers int  `json:"num_encoder_layers"`
		NumDecoderLayers int  `json:"num_decoder_layers"`
	}
	KW map[string]any
}

// Sequences compares recurrent layers, attention and transformers with
// PyTorch's: every step-th case, on a device, in a type, with a relative tolerance.
func Sequences(t *testing.T, dev backend.Device, d dtype.DType, tol float64, step int) {
	cases := ReadJSON[[]sequenceCase](t, recorded.Oracle(t, "golden/rnns.json"))
	data := on(dev, d, ReadTensors(t, recorded.Oracle(t, "golden/rnns.safetensors")))
	count := &Tally{Section: fmt.Sprintf("rnns device=%s dtype=%v", dev.Info().Name, d)}
	defer count.Report(t)
	for n, c := range cases {
		if n%step != 0 {
			continue
		}
		get := func(name string) *tensor.Tensor { return data[fmt.Sprintf("%d.%s", n, name)] }
		m, run := c.module(nn.On(dev, d, 1), get)
		if m == nil {
			count.Skipped = append(count.Skipped, c.Module)
			continue
		}
		state := map[string]*tensor.Tensor{}
		for name, x := range data {
			if key, ok := strings.CutPrefix(name, fmt.Sprintf("%d.sd.", n)); ok {
				state[strings.TrimPrefix(key, "m.")] = x // the script wraps some
			}
		}
		if bad := compareSequence(m, run, state, get, d, tol); bad != "" {
			count.Failed++
			t.Errorf("%d: %s%+v %v: %s", n, c.Module, c.Ctor, c.KW, bad)
		} else {
			count.Passed++
		}
	}
}

func compareSequence(m any, run func(in []*tensor.Tensor) []*tensor.Tensor, state map[string]*tensor.Tensor, get func(string) *tensor.Tensor, d dtype.DType, tol float64) string {
	if err := nn.LoadStateDict(m, state, true); err != nil {
		return err.Error()
	}
	var in []*tensor.Tensor
	for i := 0; get(fmt.Sprintf("in%d", i)) != nil; i++ {
		in = append(in, get(fmt.Sprintf("in%d", i)).SetRequiresGrad(true))
	}
	err := tensor.Try(func() error {
		var total *tensor.Tensor
		for i, y := range run(in) {
			if bad := Differs(y, get(fmt.Sprintf("out%d", i)), tol); bad != "" {
				return fmt.Errorf("output %d: %s", i, bad)
			}
			g := tensor.From(y.Device(), hashfill.Numbers(y.Numel(), uint64(900+i), 1), y.Shape()...).To(d)
			if s := y.Mul(g).Sum(); total == nil {
				total = s
			} else {
				total = total.Add(s)
			}
		}
		autograd.Backward(total)
		for i, x := range in {
			if bad := Differs(x.Grad(), get(fmt.Sprintf("grad.in%d", i)), tol); bad != "" {
				return fmt.Errorf("gradient of input %d: %s", i, bad)
			}
		}
		for name, p := range nn.NamedParameters(m) {
			want := get("grad.sd." + name)
			if want == nil {
				want = get("grad.sd.m." + name)
			}
			if bad := Differs(p.Grad(), want, tol); bad != "" {
				return fmt.Errorf("gradient of %s: %s", name, bad)
			}
		}
		return nil
	})
	if err != nil {
		return err.Error()
	}
	return ""
}

// module translates a recorded case, and says how to run it.
func (c sequenceCase) module(b *nn.Maker, get func(string) *tensor.Tensor) (m any, run func(in []*tensor.Tensor) []*tensor.Tensor) {
	k := c.Ctor
	noBias := k.Bias != nil && !*k.Bias
	rc := nn.RecurrentConfig{Layers: k.NumLayers, Bidirectional: k.Bidirectional, BatchFirst: k.BatchFirst, NoBias: noBias, ReLU: k.Nonlinearity == "relu", Projection: k.ProjSize}
	at := func(in []*tensor.Tensor, i int) *tensor.Tensor {
		if i < len(in) {
			return in[i]
		}
		return nil
	}
	list := func(l ...*tensor.Tensor) []*tensor.Tensor { return l }
	two := func(x, y *tensor.Tensor) []*tensor.Tensor { return list(x, y) }
	three := func(x, y, z *tensor.Tensor) []*tensor.Tensor { return list(x, y, z) }
	tc := nn.TransformerConfig{FeedForward: k.DimFeedforward, BatchFirst: k.BatchFirst, NormFirst: k.NormFirst}
	if k.Activation == "gelu" {
		tc.Activation = nn.GELU{}
	}
	mask := nn.Attending{Mask: get("kw.tgt_mask")}
	switch c.Module {
	case "RNN", "RNN(x,h)":
		r := b.RNN(k.InputSize, k.HiddenSize, rc)
		return r, func(in []*tensor.Tensor) []*tensor.Tensor { return two(r.Forward(in[0], at(in, 1))) }
	case "GRU", "GRU(x,h)":
		r := b.GRU(k.InputSize, k.HiddenSize, rc)
		return r, func(in []*tensor.Tensor) []*tensor.Tensor { return two(r.Forward(in[0], at(in, 1))) }
	case "LSTM", "LSTM(x,(h,c))":
		r := b.LSTM(k.InputSize, k.HiddenSize, rc)
		return r, func(in []*tensor.Tensor) []*tensor.Tensor { return three(r.Forward(in[0], at(in, 1), at(in, 2))) }
	case "RNNCell":
		r := b.RNNCell(k.InputSize, k.HiddenSize)
		return r, func(in []*tensor.Tensor) []*tensor.Tensor { return list(r.Forward(in[0], in[1])) }
	case "GRUCell":
		r := b.GRUCell(k.InputSize, k.HiddenSize)
		return r, func(in []*tensor.Tensor) []*tensor.Tensor { return list(r.Forward(in[0], in[1])) }
	case "LSTMCell(x,(h,c))":
		r := b.LSTMCell(k.InputSize, k.HiddenSize)
		return r, func(in []*tensor.Tensor) []*tensor.Tensor { return two(r.Forward(in[0], in[1], in[2])) }
	case "MultiheadAttention":
		a := b.MultiheadAttention(k.EmbedDim, k.NumHeads, nn.AttentionConfig{KDim: k.KDim, VDim: k.VDim, NoBias: noBias, AddBiasKV: k.AddBiasKV, AddZeroAttn: k.AddZeroAttn, BatchFirst: k.BatchFirst})
		return a, func(in []*tensor.Tensor) []*tensor.Tensor {
			o := nn.Attending{Mask: get("kw.attn_mask"), KeyPadding: get("kw.key_padding_mask")}
			fast, _ := a.Attend(in[0], in[1], in[2], o)
			o.Weights = true
			y, w := a.Attend(in[0], in[1], in[2], o)
			near := 1e-12
			if y.DType() == dtype.Float32 {
				near = 2e-6 // two orders of summation, results about 1
			}
			if bad := Differs(fast, y, near); bad != "" {
				panic("attention with and without weights: " + bad)
			}
			if c.KW["average_attn_weights"] == nil {
				w = w.Mean(1)
			}
			return list(y, w)
		}
	case "TransformerEncoderLayer":
		l := b.TransformerEncoderLayer(k.DModel, k.NHead, tc)
		return l, func(in []*tensor.Tensor) []*tensor.Tensor { return list(l.Forward(in[0])) }
	case "TransformerDecoderLayer":
		l := b.TransformerDecoderLayer(k.DModel, k.NHead, tc)
		return l, func(in []*tensor.Tensor) []*tensor.Tensor {
			return list(l.Decode(in[0], in[1], mask, nn.Attending{}))
		}
	case "Transformer":
		l := b.Transformer(k.DModel, k.NHead, k.NumEncoderLayers, k.NumDecoderLayers, tc)
		return l, func(in []*tensor.Tensor) []*tensor.Tensor {
			return list(l.Transform(in[0], in[1], nn.Attending{}, mask, nn.Attending{}))
		}
	}
	return nil, nil
}
