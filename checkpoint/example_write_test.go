package checkpoint_test

import (
	"bytes"
	"fmt"

	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/tensor"
)

// Every format goes to any writer, and comes from anything that can be read at
// places, such as memory.
func ExampleWrite() {
	t := tensor.From(tensor.CPU(), []float32{1, 2, 3})
	all := map[string]*tensor.Tensor{"t": t}
	for _, write := range []func(b *bytes.Buffer) error{
		func(b *bytes.Buffer) error { return checkpoint.Write(b, all, map[string]string{"made by": "hand"}) },
		func(b *bytes.Buffer) error { return checkpoint.WriteTorch(b, all) },
		func(b *bytes.Buffer) error { return checkpoint.WriteNPZ(b, all) },
		func(b *bytes.Buffer) error { return checkpoint.WriteNPY(b, t) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			fmt.Println(err)
			continue
		}
		f, err := checkpoint.NewFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			fmt.Println(err)
			continue
		}
		x, err := f.Tensor(tensor.CPU(), f.Names()[0])
		fmt.Println(f.Format(), f.Names(), f.Metadata(), x, err)
	}
	// Output:
	// safetensors [t] map[made by:hand] tensor([1., 2., 3.]) <nil>
	// PyTorch zip [t] map[] tensor([1., 2., 3.]) <nil>
	// npz [t] map[] tensor([1., 2., 3.]) <nil>
	// npy [arr_0] map[] tensor([1., 2., 3.]) <nil>
}
