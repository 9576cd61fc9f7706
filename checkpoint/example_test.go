package checkpoint_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/tensor"
)

func ExampleSave() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.safetensors")

	weights := map[string]*tensor.Tensor{
		"fc.weight": tensor.From(tensor.CPU(), []float32{1, 2, 3, 4, 5, 6}, 2, 3),
		"fc.bias":   tensor.From(tensor.CPU(), []float32{0.5, -0.5}),
	}
	if err := checkpoint.Save(path, weights, map[string]string{"epoch": "3"}); err != nil {
		fmt.Println(err)
	}
	loaded, err := checkpoint.Load(tensor.CPU(), path)
	fmt.Println(loaded["fc.bias"].Float64s(), err)
	// Output: [0.5 -0.5] <nil>
}

func ExampleOpen() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.safetensors")
	_ = checkpoint.Save(path, map[string]*tensor.Tensor{
		"a": tensor.From(tensor.CPU(), []float32{1, 2, 3, 4, 5, 6}, 2, 3),
		"b": tensor.From(tensor.CPU(), []int64{7}),
	}, map[string]string{"license": "MIT"})

	f, err := checkpoint.Open(path) // reads only the header
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	for _, name := range f.Names() {
		m, _ := f.Meta(name)
		fmt.Println(name, m.DType, m.Shape)
	}
	b, err := f.Tensor(tensor.CPU(), "b")
	fmt.Println(b.Float64s(), f.Metadata()["license"], err)
	// Output:
	// a float32 [2 3]
	// b int64 [1]
	// [7] MIT <nil>
}

func ExampleError() {
	_, err := checkpoint.NewFile(os.Stdin, 3)
	fmt.Println(err)
	// Output: checkpoint: the file is cut short: 3 bytes, want at least the 8 that hold the header's length
}
