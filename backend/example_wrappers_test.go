package backend_test

import (
	"errors"
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// hosts is a driver with one device, and one that it cannot use.
type hosts struct{}

func (hosts) List() ([]backend.Info, []backend.Skipped) {
	return []backend.Info{host{}.Info()}, []backend.Skipped{{Name: "host:1", Reason: "too old"}}
}

func (hosts) Open(info backend.Info) (backend.Device, error) { return host{}, nil }

func ExampleDriver() {
	var d backend.Driver = hosts{}
	infos, skipped := d.List()
	dev, err := d.Open(infos[0])
	fmt.Println(dev.Info().Model, err)
	fmt.Println(skipped[0].Name, "is", skipped[0].Reason)
	// Output:
	// Host <nil>
	// host:1 is too old
}

func ExampleInfo() {
	i := host{}.Info()
	fmt.Println(i.Name, i.Kind)
	// Output: host:0 software
}

func ExampleKind() {
	fmt.Println(backend.DiscreteGPU > backend.IntegratedGPU, backend.CPU)
	// Output: true cpu
}

func ExampleBuffer() {
	b, err := host{}.Alloc(16)
	fmt.Println(b.Len(), err)
	b.Free()
	// Output: 16 <nil>
}

func ExampleHostBuffer() {
	b, _ := host{}.Alloc(2)
	b.(backend.HostBuffer).Bytes()[1] = 7
	mem := make([]byte, 2)
	host{}.Download(mem, b, 0)
	fmt.Println(mem)
	// Output: [0 7]
}

// A View picks elements of a buffer: here every second one, from the second on.
func ExampleView() {
	v := vector(host{}, 6)
	write(v, 0, 1, 2, 3, 4, 5)
	v.View = shape.View{Shape: []int{3}, Strides: []int{2}, Offset: 1}
	fmt.Println(read(v))
	// Output: [1 3 5]
}

func ExampleCall() {
	x, y := vector(host{}, 2), vector(host{}, 2)
	write(x, 1, 2)
	sq, _ := op.Square.Lower([]op.Meta{{Shape: x.Shape, DType: x.DType}}, nil)
	c := &backend.Call{Op: op.Square, Fn: sq, In: []backend.View{x}, Out: []backend.View{y}}
	fmt.Println(host{}.Run(c), read(y))
	// Output: <nil> [1 4]
}

func ExampleEvaluate() {
	x, y := vector(host{}, 3), vector(host{}, 3)
	write(x, 1, 2, 3)
	err := backend.Evaluate(&backend.Call{Op: op.CumSum, Attrs: op.ScanAttrs{}, In: []backend.View{x}, Out: []backend.View{y}})
	fmt.Println(err, read(y))
	// Output: <nil> [1 3 6]
}

func ExampleWrapper() {
	var d backend.Device = backend.Record(host{})
	_, inner := d.(backend.Wrapper).Unwrap().(host)
	fmt.Println(inner)
	// Output: true
}

func ExampleBufferAs() {
	b, _ := backend.Pool(host{}).Alloc(4)
	_, found := backend.BufferAs[backend.HostBuffer](b)
	fmt.Println(found)
	// Output: true
}

func ExampleMemoryStats() {
	d := backend.Pool(host{})
	b, _ := d.Alloc(1000)
	m, _ := backend.As[backend.MemoryStats](d)
	fmt.Println(m.Stats().InUse, m.Stats().Buffers)
	b.Free()
	fmt.Println(m.Stats().InUse, m.Stats().Cached)
	// Output:
	// 1024 1
	// 0 1024
}

func ExampleLimiter() {
	d := backend.Pool(host{})
	l, _ := backend.As[backend.Limiter](d)
	l.SetLimit(4096)
	_, err := d.Alloc(5000)
	fmt.Println(errors.Is(err, backend.ErrOutOfMemory))
	// Output: true
}

func ExampleTrimmer() {
	d := backend.Pool(host{})
	b, _ := d.Alloc(1000)
	b.Free()
	t, _ := backend.As[backend.Trimmer](d)
	t.Trim()
	m, _ := backend.As[backend.MemoryStats](d)
	fmt.Println(m.Stats().Cached)
	// Output: 0
}

// A hook of OnReclaim frees what the program can spare before memory is refused.
func ExampleReclaimer() {
	d := backend.Pool(host{})
	l, _ := backend.As[backend.Limiter](d)
	l.SetLimit(4096)
	spare, _ := d.Alloc(4096)
	r, _ := backend.As[backend.Reclaimer](d)
	r.OnReclaim(spare.Free)
	_, err := d.Alloc(4096)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleDifference() {
	d := backend.Shadow(broken{}, host{}, nil)
	x, y := vector(d, 2), vector(d, 2)
	var diff *backend.Difference
	if errors.As(d.Run(exp(x, y)), &diff) {
		fmt.Println(diff.Primary, "gives", diff.Got, "at", diff.Index, "where", diff.Reference, "gives", diff.Want)
	}
	// Output: broken:0 gives 2 at [1] where host:0 gives 1
}

// A Tolerance of one's own: nothing but the same number will do.
func ExampleTolerance() {
	exact := func(c *backend.Call, out int, want, got float64) bool { return got == want }
	d := backend.Shadow(host{}, host{}, exact)
	x, y := vector(d, 2), vector(d, 2)
	fmt.Println(d.Run(exp(x, y)))
	// Output: <nil>
}

func ExampleNear() {
	c := &backend.Call{Out: []backend.View{{DType: dtype.Float32}}}
	fmt.Println(backend.Near(c, 0, 1, 1.000001), backend.Near(c, 0, 1, 1.1))
	// Output: true false
}

func ExampleFaulty() {
	d := backend.Fault(host{}, backend.FaultPlan{})
	d.Lose()
	_, err := d.Alloc(4)
	fmt.Println(errors.Is(err, backend.ErrDeviceLost))
	// Output: true
}

func ExampleRecorded() {
	d := backend.Record(host{})
	x, y := vector(d, 2), vector(d, 2)
	d.Run(exp(x, y))
	c := d.Calls()[0]
	fmt.Println(c.Op, c.In[0].DType, c.In[0].Shape)
	// Output: exp float32 [2]
}
