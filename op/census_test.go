package op

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/internal/recorded"
)

// The census lists the kernels that PyTorch runs to train and use 32 models,
// layers, losses and optimizers. Each is one or several of our ops, or what
// stands in brackets says why it needs none.
var census = map[string]string{
	"_adaptive_avg_pool2d":             "adaptiveavgpool",
	"_adaptive_avg_pool2d_backward":    "adaptiveavgpooltranspose",
	"_local_scalar_dense":              "(a transfer to the host: package tensor)",
	"_log_softmax":                     "logsoftmax",
	"_log_softmax_backward_data":       "(the gradient of logsoftmax) reduce map",
	"_reshape_alias":                   "reshape",
	"_softmax":                         "softmax",
	"_softmax_backward_data":           "(the gradient of softmax) reduce map",
	"_unsafe_view":                     "reshape",
	"abs":                              "abs",
	"add":                              "add addscalar",
	"add_":                             "add addscalar",
	"addcdiv_":                         "addcdiv",
	"addcmul_":                         "addcmul",
	"addmm":                            "matmul add",
	"as_strided":                       "asstrided",
	"as_strided_":                      "asstrided",
	"avg_pool2d":                       "avgpool",
	"avg_pool2d_backward":              "avgpooltranspose",
	"baddbmm":                          "matmul addcmul",
	"bernoulli_":                       "bernoulli",
	"binary_cross_entropy_with_logits": "bcewithlogits mean",
	"bmm":                              "matmul",
	"cat":                              "concat",
	"clone":                            "(a copy: package tensor)",
	"constant_pad_nd":                  "pad",
	"convolution":                      "conv convtranspose",
	"convolution_backward":             "conv convtranspose convweight sum",
	"copy_":                            "cast",
	"detach":                           "(no computation: package tensor)",
	"div":                              "div divscalar truncdivide floordivide",
	"div_":                             "div divscalar",
	"embedding":                        "embedding",
	"embedding_dense_backward":         "indexadd",
	"empty":                            "(an allocation: package tensor)",
	"empty_like":                       "(an allocation: package tensor)",
	"eq":                               "eq eqscalar",
	"expand":                           "expand",
	"fill_":                            "full",
	"gelu":                             "gelu gelutanh",
	"gelu_backward":                    "(the derivative of gelu) map",
	"hardsigmoid":                      "hardsigmoid",
	"hardsigmoid_backward":             "(the derivative of hardsigmoid) map",
	"hardswish_":                       "hardswish",
	"hardswish_backward":               "(the derivative of hardswish) map",
	"hardtanh_":                        "hardtanh relu6",
	"hardtanh_backward":                "(the derivative of hardtanh) map",
	"huber_loss":                       "huber mean",
	"huber_loss_backward":              "(the derivative of huber) map",
	"index":                            "indexget",
	"index_put":                        "indexput",
	"lift_fresh":                       "(no computation: package tensor)",
	"masked_fill":                      "maskedfill where",
	"max_pool2d_with_indices":          "maxpool",
	"max_pool2d_with_indices_backward": "maxpoolgrad",
	"mean":                             "mean",
	"mm":                               "matmul",
	"mse_loss":                         "sub square mean",
	"mse_loss_backward":                "(the derivative of sub and square) map",
	"mul":                              "mul mulscalar",
	"mul_":                             "mul mulscalar",
	"native_batch_norm":                "batchnorm batchnormeval",
	"native_batch_norm_backward":       "(the gradient of batchnorm) reduce map",
	"native_layer_norm":                "layernorm",
	"native_layer_norm_backward":       "(the gradient of layernorm) reduce map",
	"ne":                               "ne nescalar",
	"neg":                              "neg",
	"new_empty":                        "(an allocation: package tensor)",
	"new_empty_strided":                "(an allocation: package tensor)",
	"new_zeros":                        "full",
	"nll_loss_backward":                "(the gradient of nllloss) scatteradd",
	"nll_loss_forward":                 "nllloss",
	"ones_like":                        "full",
	"permute":                          "permute",
	"profiler._record_function_enter":  "(a mark in a trace)",
	"rand":                             "randuniform",
	"randn":                            "randnormal",
	"relu":                             "relu",
	"relu_":                            "relu",
	"roll":                             "roll",
	"select":                           "select",
	"select_backward":                  "viewgrad",
	"sgn":                              "sign",
	"sigmoid":                          "sigmoid",
	"sigmoid_":                         "sigmoid",
	"sigmoid_backward":                 "(the derivative of sigmoid) map",
	"silu_":                            "silu",
	"silu_backward":                    "(the derivative of silu) map",
	"slice":                            "slice",
	"slice_backward":                   "viewgrad",
	"smooth_l1_loss":                   "smoothl1 mean",
	"smooth_l1_loss_backward":          "(the derivative of smoothl1) map",
	"split":                            "slice",
	"split_with_sizes":                 "slice",
	"sqrt":                             "sqrt",
	"squeeze":                          "reshape",
	"stack":                            "stack",
	"sub":                              "sub subscalar",
	"sum":                              "sum",
	"t":                                "permute",
	"tanh":                             "tanh",
	"tanh_":                            "tanh",
	"tanh_backward":                    "(the derivative of tanh) map",
	"threshold_backward":               "(the derivative of relu and threshold) map",
	"transpose":                        "permute",
	"unbind":                           "select",
	"unsafe_split":                     "slice",
	"unsqueeze":                        "reshape",
	"upsample_bilinear2d":              "resize",
	"upsample_bilinear2d_backward":     "resizetranspose",
	"view":                             "reshape",
	"xlogy":                            "xlogy",
	"zero_":                            "full",
	"zeros":                            "full",
	"zeros_like":                       "full",
}

func TestCensusNames(t *testing.T) {
	for aten, ours := range census {
		reason := ""
		if strings.HasPrefix(ours, "(") {
			reason, ours, _ = strings.Cut(ours, ")")
		}
		names := strings.Fields(ours)
		if reason == "" && len(names) == 0 {
			t.Errorf("%s: neither an op nor a reason", aten)
		}
		for _, name := range names {
			if Lookup(name) == nil {
				t.Errorf("%s: there is no op %s", aten, name)
			}
		}
	}
}

func TestCensus(t *testing.T) {
	data, err := os.ReadFile(recorded.Oracle(t, "aten_census.json"))
	if err != nil {
		t.Fatal(err)
	}
	var users map[string][]string
	if err := json.Unmarshal(data, &users); err != nil {
		t.Fatal(err)
	}
	if len(users) == 0 {
		t.Error("the census is empty")
	}
	for aten, models := range users {
		if _, ok := census[aten]; !ok {
			t.Errorf("%s, which %s runs, is not in the table", aten, strings.Join(models, ", "))
		}
	}
}
