package checkpoint_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/optim"
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

// A training checkpoint as PyTorch's users write it.
func ExampleSaveTorch() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.pt")

	weight := tensor.From(tensor.CPU(), []float32{1, 2}, 1, 2)
	err := checkpoint.SaveTorch(path, map[string]any{
		"model": map[string]*tensor.Tensor{"fc.weight": weight},
		"epoch": 3,
	})
	if err != nil {
		fmt.Println(err)
	}
	all, err := checkpoint.Load(tensor.CPU(), path)
	fmt.Println(all["model.fc.weight"].Float64s(), err)
	// Output: [1 2] <nil>
}

func ExampleLoadTorch() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.pt")
	_ = checkpoint.SaveTorch(path, map[string]any{"epoch": 3, "lr": []float64{0.1, 0.01}})

	v, err := checkpoint.LoadTorch(tensor.CPU(), path)
	if err != nil {
		fmt.Println(err)
		return
	}
	d := v.(*checkpoint.Dict)
	fmt.Println(d.Get("epoch"), d.Get("lr"))
	// Output: 3 [0.1 0.01]
}

func ExampleDict() {
	d := new(checkpoint.Dict).Set("lr", 0.1).Set(0, "zero")
	for k, v := range d.All() {
		fmt.Println(k, v)
	}
	fmt.Println(d.Len(), d.Has("lr"), d.Get("momentum"))
	// Output:
	// lr 0.1
	// 0 zero
	// 2 true <nil>
}

func ExampleSaveNPZ() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "arrays.npz")
	err := checkpoint.SaveNPZ(path, map[string]*tensor.Tensor{"x": tensor.From(tensor.CPU(), []int64{1, 2, 3})})
	if err != nil {
		fmt.Println(err)
	}
	all, err := checkpoint.Load(tensor.CPU(), path) // in Python: numpy.load(path)["x"]
	fmt.Println(all["x"].Float64s(), err)
	// Output: [1 2 3] <nil>
}

func ExampleSaveSharded() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	index := filepath.Join(dir, "model.safetensors.index.json")
	weights := map[string]*tensor.Tensor{
		"a": tensor.Ones(tensor.CPU(), dtype.Float32, 100),
		"b": tensor.Ones(tensor.CPU(), dtype.Float32, 100),
	}
	if err := checkpoint.SaveSharded(index, weights, 500); err != nil {
		fmt.Println(err)
	}
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		fmt.Println(f.Name())
	}
	all, err := checkpoint.Load(tensor.CPU(), index)
	fmt.Println(len(all), err)
	// Output:
	// model-00001-of-00002.safetensors
	// model-00002-of-00002.safetensors
	// model.safetensors.index.json
	// 2 <nil>
}

func ExampleSub() {
	all := map[string]*tensor.Tensor{"model.fc.bias": tensor.Scalar(tensor.CPU(), 0.5), "step": tensor.Scalar(tensor.CPU(), 7.0)}
	for name, t := range checkpoint.Sub(all, "model") {
		fmt.Println(name, t.Item())
	}
	// Output: fc.bias 0.5
}

// A run goes on where it was saved.
func ExampleRun() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	type progress struct{ Epoch int }
	start := func() (*checkpoint.Run, *optim.Optimizer, *progress) {
		b := nn.On(tensor.CPU(), dtype.Float32, 1)
		net := nn.Sequential{b.Linear(2, 2), b.Dropout(0.5)}
		opt := optim.Adam{LR: 0.01}.New(nn.Parameters(net))
		p := &progress{}
		return &checkpoint.Run{Model: net, Optimizer: opt, Values: p}, opt, p
	}
	keeper := checkpoint.Keeper{Dir: filepath.Join(dir, "run")}

	run, opt, p := start()
	p.Epoch = 7
	opt.SetLR(0.001)
	if err := keeper.Save(700, run); err != nil {
		fmt.Println(err)
	}

	run, opt, p = start() // as a new process would
	step, err := keeper.Load(run)
	fmt.Println(step, p.Epoch, opt.LR(), err)
	// Output: 700 7 0.001 <nil>
}

// The tensors of a file, whatever its format, without reading them.
func ExampleFile() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	weights := map[string]*tensor.Tensor{"w": tensor.Ones(tensor.CPU(), dtype.Float16, 3, 4)}
	_ = checkpoint.Save(filepath.Join(dir, "a"), weights, nil)
	_ = checkpoint.SaveTorch(filepath.Join(dir, "b"), weights)
	_ = checkpoint.SaveNPZ(filepath.Join(dir, "c"), weights)
	for _, name := range []string{"a", "b", "c"} {
		f, err := checkpoint.Open(filepath.Join(dir, name))
		if err != nil {
			fmt.Println(err)
			return
		}
		m, _ := f.Meta("w")
		fmt.Println(f.Format(), m.Format, m.DType, m.Shape, m.Size)
		f.Close()
	}
	// Output:
	// safetensors F16 float16 [3 4] 24
	// PyTorch zip float16 float16 [3 4] 24
	// npz f2 float16 [3 4] 24
}

func ExampleSaveNPY() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "x.npy")
	if err := checkpoint.SaveNPY(path, tensor.From(tensor.CPU(), []int64{1, 2, 3})); err != nil {
		fmt.Println(err)
	}
	all, err := checkpoint.Load(tensor.CPU(), path)
	fmt.Println(all["arr_0"].Float64s(), err)
	// Output: [1 2 3] <nil>
}

func ExampleKeeper() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	keeper := checkpoint.Keeper{Dir: dir, Keep: 2}
	run := &checkpoint.Run{Model: nn.On(tensor.CPU(), dtype.Float32, 1).Linear(2, 2)}
	for step := 100; step <= 500; step += 100 {
		if err := keeper.Save(step, run); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(keeper.Steps())
	step, err := keeper.Load(run)
	fmt.Println(step, err)
	// Output:
	// [400 500] <nil>
	// 500 <nil>
}

// An optimizer goes on where PyTorch's left it.
func ExampleOptimizerState() {
	w := tensor.Ones(tensor.CPU(), dtype.Float32, 2).SetRequiresGrad(true)
	opt := optim.Adam{}.New([]*tensor.Tensor{w})

	// Of a file: v, err := checkpoint.LoadTorch(dev, path).
	v := new(checkpoint.Dict).
		Set("state", new(checkpoint.Dict).Set(0, new(checkpoint.Dict).
			Set("step", tensor.Scalar(tensor.CPU(), float32(7))).
			Set("exp_avg", tensor.Zeros(tensor.CPU(), dtype.Float32, 2)).
			Set("exp_avg_sq", tensor.Zeros(tensor.CPU(), dtype.Float32, 2)))).
		Set("param_groups", []any{new(checkpoint.Dict).Set("lr", 0.25).Set("params", []any{int64(0)})})
	state, err := checkpoint.OptimizerState(v)
	if err == nil {
		err = opt.LoadStateDict(state)
	}
	fmt.Println(opt.LR(), err)
	// Output: 0.25 <nil>
}

// PyTorch goes on where an optimizer here left off.
func ExampleTorchOptimizer() {
	w := tensor.Ones(tensor.CPU(), dtype.Float32, 2).SetRequiresGrad(true)
	state, err := checkpoint.TorchOptimizer(optim.SGD{LR: 0.25, Momentum: 0.5}.New([]*tensor.Tensor{w}))
	if err != nil {
		fmt.Println(err)
		return
	}
	group := state.Get("param_groups").([]any)[0].(*checkpoint.Dict)
	fmt.Println(group.Get("lr"), group.Get("momentum"), group.Get("params"))
	// SaveTorch writes it, with the model's, to a file.

	// Output: 0.25 0.5 [0]
}
