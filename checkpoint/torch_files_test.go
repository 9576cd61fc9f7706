package checkpoint

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/tensor"
)

// torchFiles are real files and what PyTorch 1.13 reads from them: the output
// of testdata/digest.py.
var torchFiles = []struct {
	file              string
	tensors, elements int
	digest            uint64
}{
	{"batch_norm2d.pt", 5, 21, 0xfd9c959b9a34c2c5},
	{"bfloat16.pt", 1, 3, 0x516b29a4c579f5c7},
	{"bool.pt", 1, 5, 0xd18997751885399e},
	{"boolean.pt", 1, 3, 0x214edba85e3baadc},
	{"buffer.pt", 1, 9, 0xc2d40b184c840ddb},
	{"buffers.pt", 2, 5, 0xe1c94b92fd9610e2},
	{"checkpoint.pt", 5, 143, 0x8b2ce54225f22c84},
	{"complex_nested.pt", 23, 1851, 0x6ab3e7347a66d92a},
	{"complex_structure.pt", 6, 35, 0x9e3cd4f474fdbfc7},
	{"conv1d.pt", 3, 18, 0xf9208bfaf127149f},
	{"conv2d.pt", 3, 34, 0xbddfcce910433706},
	{"conv_transpose1d.pt", 3, 18, 0xf9208bfaf127149f},
	{"conv_transpose2d.pt", 3, 34, 0xbddfcce910433706},
	{"debug_test.pt", 1, 4, 0x692fb32e91747935},
	{"embedding.pt", 1, 30, 0xf3cbe46a25002e7f},
	{"empty.pt", 1, 0, 0x2c367b669d84b333},
	{"enum_depthwise_false.pt", 2, 38, 0xf20ad0b1d099cb14},
	{"enum_depthwise_true.pt", 4, 26, 0xcb91d7871db759bc},
	{"extreme_values.pt", 1, 4, 0xf8762dec89a3580f},
	{"float16.pt", 1, 3, 0x76e9ed84d90aeba8},
	{"float32.pt", 1, 4, 0x02cd2014f018f843},
	{"float64.pt", 1, 3, 0x5833e744b53af9cc},
	{"group_norm.pt", 2, 12, 0xb36d1d19b4efc634},
	{"int16.pt", 1, 3, 0x481b7c4af5f1170d},
	{"int32.pt", 1, 3, 0xd2b448fcf7bc0b3c},
	{"int64.pt", 1, 4, 0xe8c688bfa2845573},
	{"int8.pt", 1, 4, 0x3a8d183f73e8deb6},
	{"integer.pt", 1, 3, 0xd07c486f7c941c0b},
	{"key_remap.pt", 3, 34, 0xc14cb15174545424},
	{"large_shape.pt", 1, 10000, 0xe04d6ac714ace13a},
	{"layer_norm.pt", 2, 4, 0xe3bae908023d59ac},
	{"legacy_shared_storage.pt", 3, 40, 0xdb1aa1c1d509ec7f},
	{"legacy_uncloned_views.pt", 2, 20, 0x556b205566596174},
	{"legacy_with_offsets.pt", 3, 20, 0x8373a76b830392bb},
	{"linear.pt", 3, 21, 0x37d8109d0c68faa0},
	{"linear_with_bias.pt", 2, 9, 0xcb85a31cca71a065},
	{"made-by-torch-1.13/ckpt.pt", 19, 85, 0x573e87512e0b451a},
	{"made-by-torch-1.13/sd.pt", 11, 59, 0x21f57e5069609dd8},
	{"made-by-torch-1.13/sd_legacy.pt", 11, 59, 0x21f57e5069609dd8},
	{"missing_module_field.pt", 2, 18, 0x1ebd694656537d89},
	{"mixed_types.pt", 4, 8, 0x8df9d3f3f9ac1ddc},
	{"model_without_enum_variants.pt", 4, 906, 0x033e107e69f25b78},
	{"multi_layer.safetensors", 9, 4241, 0x3eb8eb14052724b9},
	{"nested_dict.pt", 4, 20, 0xa466e2204cb8ce72},
	{"non_contiguous_indexes.pt", 10, 190, 0x7edd1431dc757cb9},
	{"parameter.pt", 1, 9, 0x7b65797855be326f},
	{"scalar.pt", 1, 1, 0xe09d787bbcc2ddf5},
	{"simple_legacy.pt", 3, 10, 0xf4426e6c0fa723d4},
	{"special_values.pt", 1, 5, 0xd118481d171f3008},
	{"state_dict.pt", 4, 21, 0x9271b92562d0e370},
	{"tensor_2d.pt", 1, 6, 0xe42164bbae508341},
	{"tensor_3d.pt", 1, 24, 0xb752d083b971c597},
	{"tensor_4d.pt", 1, 24, 0x3a6e15cf6d21be1c},
	{"test_int.pt", 1, 3, 0x943369a0f581a919},
	{"top_level_key.pt", 2, 18, 0x3e7cd13b8a9e9743},
	{"uint8.pt", 1, 4, 0xdce6cc3801e2460b},
	{"weights_with_config.pt", 3, 21, 0xc0cac38c5ecc9b22},
}

// tarFiles are in PyTorch's first format, as another library makes them:
// PyTorch itself wants a member that they lack. The values are those in the
// bytes of their member "storages".
var tarFiles = map[string]map[string]string{
	"tar_2d_tensor.tar":   {"matrix": "[3 4] float32 [1 2 3 4 5 6 7 8 9 10 11 12]"},
	"tar_float32.tar":     {"tensor": "[4] float32 [1 2.5 -3.700000047683716 0]"},
	"tar_float64.tar":     {"tensor": "[3] float64 [1.1 2.2 3.3]"},
	"tar_int64.tar":       {"tensor": "[4] int64 [100 -200 300 0]"},
	"tar_multi_dtype.tar": {"float_tensor": "[3] float32 [1.5 2.5 3.5]", "double_tensor": "[2] float64 [1.111 2.222]", "int_tensor": "[4] int64 [10 20 30 40]"},
	"tar_weight_bias.tar": {"weight": "[2 3] float32 [0.10000000149011612 0.20000000298023224 0.30000001192092896 0.4000000059604645 0.5 0.6000000238418579]", "bias": "[2] float32 [0.009999999776482582 0.019999999552965164]"},
}

// refused are files that hold no data, or none that is whole.
var refused = map[string]error{
	"broken.pt":                          ErrTruncated, // three letters
	"made-by-torch-1.13/whole_module.pt": ErrCode,
	"made-by-torch-1.13/traced.pt":       ErrCode,
	"made-by-torch-1.13/m.onnx":          ErrHeader, // no file of tensors
}

// digest is what testdata/digest.py computes.
func digest(all map[string]*tensor.Tensor) (elements int, sum uint64) {
	h := fnv.New64a()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t := all[name]
		elements += t.Numel()
		fmt.Fprintf(h, "%s %v %v ", name, t.DType(), t.Shape())
		h.Write(t.Bytes())
	}
	return elements, h.Sum64()
}

func TestTorchFiles(t *testing.T) {
	dir := recorded.Data(t, "torch-files")
	left := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			left[filepath.ToSlash(rel)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	total, read := len(left), 0
	for _, want := range torchFiles {
		delete(left, want.file)
		all, err := Load(tensor.CPU(), filepath.Join(dir, want.file))
		if err != nil {
			t.Errorf("%s: %v", want.file, err)
			continue
		}
		if n, sum := digest(all); len(all) != want.tensors || n != want.elements || sum != want.digest {
			t.Errorf("%s: %d tensors, %d elements, digest 0x%016x; want %d, %d, 0x%016x", want.file, len(all), n, sum, want.tensors, want.elements, want.digest)
			continue
		}
		read++
	}
	for file, want := range tarFiles {
		delete(left, file)
		all, err := Load(tensor.CPU(), filepath.Join(dir, file))
		got := map[string]string{}
		for name, x := range all {
			got[name] = fmt.Sprintf("%v %v %v", x.Shape(), x.DType(), x.Float64s())
		}
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %v, %v, want %v", file, got, err, want)
			continue
		}
		read++
	}
	for file, kind := range refused {
		delete(left, file)
		_, err := Load(tensor.CPU(), filepath.Join(dir, file))
		var e *Error
		if !errors.Is(err, kind) || !errors.As(err, &e) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: error %v, want %v", file, err, kind)
			continue
		}
		t.Logf("refused: %.200v", err)
	}
	if len(left) > 0 {
		t.Errorf("files in no table: %v", slices.Sorted(maps.Keys(left)))
	}
	t.Logf("torch-files: %d files, %d read, %d refused", total, read, len(refused))
}
