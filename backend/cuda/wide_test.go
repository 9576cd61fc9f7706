//go:build linux && (amd64 || arm64)

package cuda

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// TestBeyond32Bits computes on operands that reach over more than 4 GiB, of which
// few elements are touched, and compares with the same in little memory: kernels have to
// count bytes in 64 bits.
func TestBeyond32Bits(t *testing.T) {
	const bytes = 5 << 30
	for _, c := range []struct {
		why   string
		op    *op.Op
		attrs any
		of    dtype.DType
		major int
		apart int   // elements from one index of the first axis of operand 0 to the next
		in    []int // shape of operand 0
		rest  [][]int
		out   [][]int
	}{
		{"elementwise", op.Mul, nil, dtype.Float32, 5, 1<<30 + 4, []int{2, 3}, [][]int{{2, 3}}, [][]int{{2, 3}}},
		{"products, SIMT", op.MatMul, nil, dtype.Float32, 5, 1<<24 + 4, []int{72, 8}, [][]int{{8, 72}}, [][]int{{72, 72}}},
		{"products, tensor cores", op.MatMul, nil, dtype.Float16, 8, 1<<25 + 8, []int{72, 16}, [][]int{{16, 72}}, [][]int{{72, 72}}},
		{"small products", op.MatMul, nil, dtype.Float32, 5, 1<<29 + 4, []int{3, 4}, [][]int{{4, 5}}, [][]int{{3, 5}}},
		{"convolution", op.Conv, op.ConvAttrs{}, dtype.Float32, 5, 1<<30 + 4, []int{2, 2, 4, 4}, [][]int{{8, 2, 3, 3}}, [][]int{{2, 8, 2, 2}}},
		{"convolution, tensor cores", op.Conv, op.ConvAttrs{}, dtype.Float16, 8, 1<<31 + 8, []int{2, 2, 4, 4}, [][]int{{8, 2, 3, 3}}, [][]int{{2, 8, 2, 2}}},
		{"attention", op.Attention, op.AttentionAttrs{}, dtype.Float32, 5, 1<<30 + 4, []int{2, 3, 8}, [][]int{{2, 5, 8}, {2, 5, 8}}, [][]int{{2, 3, 8}, {2, 3}}},
		{"attention, tensor cores", op.Attention, op.AttentionAttrs{}, dtype.Float16, 8, 1<<31 + 8, []int{2, 3, 8}, [][]int{{2, 5, 8}, {2, 5, 8}}, [][]int{{2, 3, 8}, {2, 3}}},
		{"attention, wide heads", op.Attention, op.AttentionAttrs{}, dtype.Float32, 5, 1<<30 + 4, []int{2, 3, 136}, [][]int{{2, 5, 136}, {2, 5, 8}}, [][]int{{2, 3, 8}, {2, 3}}},
		{"attention, wide heads, tensor cores", op.Attention, op.AttentionAttrs{}, dtype.Float16, 8, 1<<31 + 8, []int{2, 3, 136}, [][]int{{2, 5, 136}, {2, 5, 8}}, [][]int{{2, 3, 8}, {2, 3}}},
	} {
		t.Run(c.why, func(t *testing.T) {
			m := &fakecuda.Machine{Major: c.major, Memory: 16 << 30}
			gpu := openFake(t, m)
			run := func(apart int, size int64) []float64 {
				var freed []backend.Buffer
				view := func(s []int, of dtype.DType, bytes int64) backend.View {
					b, err := gpu.Alloc(bytes)
					if err != nil {
						t.Fatal(err)
					}
					freed = append(freed, b)
					return backend.View{Buffer: b, DType: of, View: shape.Contiguous(s)}
				}
				put := func(v backend.View, offset, first, n int) {
					var b []byte
					for i := range n {
						x := float32((first+i)*7%5) - 2
						if v.DType == dtype.Float16 {
							b = binary.NativeEndian.AppendUint16(b, uint16(dtype.ToF16(x)))
						} else {
							b = binary.NativeEndian.AppendUint32(b, math.Float32bits(x))
						}
					}
					if err := gpu.Upload(v.Buffer, int64(offset*v.DType.Size()), b); err != nil {
						t.Fatal(err)
					}
				}
				first := view(c.in, c.of, size)
				line := shape.Numel(c.in[1:])
				first.Strides[0] = apart
				for i := range c.in[0] {
					put(first, i*apart, i*line, line)
				}
				call := &backend.Call{Op: c.op, Attrs: c.attrs, In: []backend.View{first}}
				for _, s := range c.rest {
					v := view(s, c.of, int64(shape.Numel(s)*c.of.Size()))
					put(v, 0, 1, shape.Numel(s))
					call.In = append(call.In, v)
				}
				if c.op == op.Mul {
					call.Fn = product
				}
				for i, s := range c.out {
					of := c.of
					if i > 0 {
						of = dtype.Float32
					}
					call.Out = append(call.Out, view(s, of, int64(shape.Numel(s)*of.Size())))
				}
				if err := gpu.Run(call); err != nil {
					t.Fatal(err)
				}
				n := shape.Numel(c.out[0])
				b := make([]byte, n*c.of.Size())
				if err := gpu.Download(b, call.Out[0].Buffer, 0); err != nil {
					t.Fatal(err)
				}
				out := make([]float64, n)
				for i := range out {
					if c.of == dtype.Float16 {
						out[i] = float64(dtype.F16(binary.NativeEndian.Uint16(b[2*i:])).Float32())
					} else {
						out[i] = float64(math.Float32frombits(binary.NativeEndian.Uint32(b[4*i:])))
					}
				}
				for _, b := range freed {
					b.Free()
				}
				return out
			}
			line := shape.Numel(c.in[1:])
			got, want := run(c.apart, bytes), run(line, int64(c.in[0]*line*c.of.Size()))
			if !slices.Equal(got, want) || !slices.ContainsFunc(got, func(x float64) bool { return x != 0 }) {
				t.Errorf("results are %v, want those of a small operand, %v", got, want)
			}
			if m.Fault != nil {
				t.Error(m.Fault)
			}
		})
	}
}
