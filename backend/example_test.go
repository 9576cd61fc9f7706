package backend_test

import (
	"errors"
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// host is the smallest device: memory is Go's, and every call is computed by
// the definition of its op.
type host struct{}

type hostBuffer []byte

func (b hostBuffer) Len() int64    { return int64(len(b)) }
func (b hostBuffer) Bytes() []byte { return b }
func (b hostBuffer) Free()         {}

func (host) Info() backend.Info                        { return backend.Info{Name: "host:0", Model: "Host"} }
func (host) Alloc(bytes int64) (backend.Buffer, error) { return make(hostBuffer, bytes), nil }
func (host) Run(c *backend.Call) error                 { return backend.Evaluate(c) }
func (host) Sync() error                               { return nil }
func (host) Close() error                              { return nil }

func (host) Upload(dst backend.Buffer, off int64, src []byte) error {
	copy(dst.(backend.HostBuffer).Bytes()[off:], src)
	return nil
}

func (host) Download(dst []byte, src backend.Buffer, off int64) error {
	copy(dst, src.(backend.HostBuffer).Bytes()[off:])
	return nil
}

// vector returns a new operand on d, of n float32s.
func vector(d backend.Device, n int) backend.View {
	b, err := d.Alloc(int64(4 * n))
	if err != nil {
		panic(err)
	}
	return backend.View{Buffer: b, DType: dtype.Float32, View: shape.Contiguous([]int{n})}
}

// exp is the call y = exp(x).
func exp(x, y backend.View) *backend.Call {
	fn, _ := op.Exp.Lower([]op.Meta{{Shape: x.Shape, DType: x.DType}}, nil)
	return &backend.Call{Op: op.Exp, Fn: fn, In: []backend.View{x}, Out: []backend.View{y}}
}

func write(v backend.View, x ...float64) {
	a := op.NewArray(v.DType, v.Shape...)
	copy(a.Data, x)
	backend.WriteArray(v.Buffer.(backend.HostBuffer).Bytes(), v, a)
}

func read(v backend.View) []float64 {
	return backend.ReadArray(v.Buffer.(backend.HostBuffer).Bytes(), v).Data
}

func ExampleDevice() {
	var d backend.Device = host{}
	x, y := vector(d, 3), vector(d, 3)
	write(x, 0, 1, 2)
	fmt.Println(d.Run(exp(x, y)))
	fmt.Printf("%.4f\n", read(y))
	// Output:
	// <nil>
	// [1.0000 2.7183 7.3891]
}

func ExampleOpen() {
	_, err := backend.Open("cuda:0")
	fmt.Println(errors.Is(err, backend.ErrNoDevice))
	// Output: true
}

func ExamplePool() {
	d := backend.Pool(host{})
	for range 10 { // a loop that makes and drops a temporary
		b, _ := d.Alloc(4000)
		b.Free()
		b.Free() // does nothing
	}
	m, _ := backend.As[backend.MemoryStats](d)
	fmt.Printf("%+v\n", m.Stats())
	// Output: {InUse:0 Cached:4096 Peak:4096 Buffers:0 Allocs:10 Hits:9}
}

func ExampleMemoryError() {
	d := backend.Pool(host{})
	l, _ := backend.As[backend.Limiter](d)
	l.SetLimit(1 << 20)
	d.Alloc(1 << 19)
	_, err := d.Alloc(1 << 20)
	fmt.Println(errors.Is(err, backend.ErrOutOfMemory))
	fmt.Println(err)
	// Output:
	// true
	// backend: host:0: out of memory: asked for 1048576 bytes with 524288 in use of a budget of 1048576; use smaller batches, tensor.Scope, or free tensors earlier
}

// broken has a kernel that is wrong for the last element.
type broken struct{ host }

func (broken) Info() backend.Info { return backend.Info{Name: "broken:0"} }

func (d broken) Run(c *backend.Call) error {
	err := d.host.Run(c)
	y := c.Out[0]
	x := read(y)
	x[len(x)-1]++
	write(y, x...)
	return err
}

func ExampleShadow() {
	d := backend.Shadow(broken{}, host{}, nil)
	x, y := vector(d, 2), vector(d, 2)
	fmt.Println(d.Run(exp(x, y)))
	// Output: backend: shadow: exp of float32[2] to float32[2]: output 0 at [1]: host:0 gives 1, broken:0 gives 2 (1 of 2 elements differ)
}

func ExampleRecord() {
	d := backend.Record(host{})
	x, y := vector(d, 2), vector(d, 2)
	d.Run(exp(x, y))
	for _, c := range d.Calls() {
		fmt.Println(c)
	}
	write(x, 0, 1)
	d.Replay()
	fmt.Printf("%.2f\n", read(y))
	// Output:
	// exp of float32[2] to float32[2]
	// [1.00 2.72]
}

func ExampleFault() {
	d := backend.Fault(host{}, backend.FaultPlan{Memory: 10, LostRun: 1})
	_, err := d.Alloc(11)
	fmt.Println(errors.Is(err, backend.ErrOutOfMemory))
	x := vector(d, 2)
	fmt.Println(d.Run(exp(x, x)))
	// Output:
	// true
	// backend: host:0: run 1: injected: device lost
}

func ExampleReadArray() {
	mem := []byte{1, 2, 3, 4, 5, 6}
	column := backend.View{DType: dtype.Uint8, View: shape.View{Shape: []int{2}, Strides: []int{3}, Offset: 1}}
	a := backend.ReadArray(mem, column)
	fmt.Println(a.Data)
	a.Data[0] = 99
	backend.WriteArray(mem, column, a)
	fmt.Println(mem)
	// Output:
	// [2 5]
	// [1 99 3 4 5 6]
}

func ExampleAs() {
	d := backend.Record(backend.Pool(host{}))
	_, counts := backend.As[backend.MemoryStats](d) // of the Pool behind
	_, cuts := backend.As[backend.Suballocator](d)
	fmt.Println(counts, cuts)
	// Output: true false
}
