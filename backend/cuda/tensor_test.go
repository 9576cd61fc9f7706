//go:build linux && (amd64 || arm64)

package cuda

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestTensorConformance runs the cases of 16-bit types that tensor cores compute, on a GPU that has them.
func TestTensorConformance(t *testing.T) {
	m := &fakecuda.Machine{Major: 8}
	dev := openFake(t, m)
	conformance.Run(t, dev, conformance.Options{Run: regexp.MustCompile(`^(attention(grad)?|conv(transpose|weight)?|matmul|linear)/.*float16`)})
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}

// tensorStep is a training step in half precision with a convolution, attention and an
// affine map, whose kernels need temporaries; parameters of float32 are written over.
func tensorStep(x, kernel, weight, bias *tensor.Tensor) (loss *tensor.Tensor) {
	leaf := func(p *tensor.Tensor) *tensor.Tensor { return p.Detach().SetRequiresGrad(true) }
	k, w, b := leaf(kernel), leaf(weight), leaf(bias)
	y := x.Conv(k.To(dtype.Float16), op.ConvAttrs{Pad: []int{1}})
	y = y.Reshape(2, 16, -1).Transpose(1, 2) // channels of each place
	y = y.Attention(y, y, nil, op.AttentionAttrs{Causal: true}).Reshape(-1, 16)
	y = tensor.Apply(nil, op.Linear, nil, y, w.To(dtype.Float16), b.To(dtype.Float16))[0]
	loss = y.To(dtype.Float32).Square().Mean()
	autograd.Backward(loss)
	for i, p := range []*tensor.Tensor{kernel, weight, bias} {
		p.CopyInPlace(p.Detach().Sub([]*tensor.Tensor{k, w, b}[i].Grad().MulScalar(0.25)))
	}
	return loss.Detach()
}

// TestTensorGraph captures that step and replays it: losses are those of steps one by one,
// to the bit.
func TestTensorGraph(t *testing.T) {
	m := &fakecuda.Machine{Major: 8}
	dev := openFake(t, m)
	rec := backend.Record(backend.Pool(dev))
	losses := func(replay bool) (out []float32) {
		small := func(d dtype.DType, n int, s ...int) *tensor.Tensor {
			return sequence(rec, dtype.Float32, n, s...).MulScalar(0.125).To(d)
		}
		x, k := small(dtype.Float16, 7, 2, 8, 6, 6), small(dtype.Float32, 5, 16, 8, 3, 3)
		w, b := small(dtype.Float32, 3, 64, 16), small(dtype.Float32, 3, 64)
		rec.Reset()
		var loss *tensor.Tensor
		for i := range 3 {
			if !replay || i == 0 {
				loss = tensorStep(x, k, w, b)
			} else if err := rec.Replay(); err != nil {
				t.Fatal(err)
			}
			out = append(out, tensor.Data[float32](loss)[0])
		}
		return out
	}
	want, got := losses(false), losses(true)
	if !slices.Equal(got, want) || got[2] >= got[0] || m.Replays != 2 {
		t.Errorf("losses %v, want %v and falling; %d graphs were launched, want 2", got, want, m.Replays)
	}
	var names []string
	for key := range dev.(*device).kernels.written {
		if module := string(key.module); strings.HasSuffix(module, "mma_f16") || strings.HasPrefix(module, "flash") {
			names = append(names, key.name)
		}
	}
	for _, name := range []string{"conv_out_64", "conv_weight_64", "forward_64", "back_q_64", "back_kv_64", "gemm_kk"} {
		if !slices.Contains(names, name) {
			t.Errorf("%s did not run on tensor cores; these did: %v", name, names)
		}
	}
	rec.Reset()
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}
