package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// An OperandKind says how an element of an operand of a product is found.
type OperandKind uint32

// The kinds, as in operand.glsl.
const (
	Plain   OperandKind = iota // by two strides
	Spatial                    // by positions on spatial axes
	Stepped                    // which must be multiples of a step
)

// An Operand is a matrix as operand.glsl has it, whose element (c, k) is that
// of line c at place k of the sum: a row of the left operand, a column of the
// right one.
type Operand struct {
	Type     dtype.DType
	Kind     OperandKind
	ByC, ByK int // strides of c and k, or of the numbers in front of their positions

	CSizes, KSizes      [3]int // of the positions
	MoveC, MoveK, First [3]int // position on the array: c*MoveC + k*MoveK + First
	Step                [3]int // by which it is divided
	Sizes, Strides      [3]int // of the array
}

const operandParams = 27

// append appends the parameters of o, whose first element is number start of
// its buffer.
func (o *Operand) append(params []uint32, start uint32) []uint32 {
	params = append(params, start, uint32(o.ByC), uint32(o.ByK))
	for _, l := range [...]*[3]int{&o.CSizes, &o.KSizes, &o.MoveC, &o.MoveK, &o.First, &o.Step, &o.Sizes, &o.Strides} {
		params = append(params, uint32(l[0]), uint32(l[1]), uint32(l[2]))
	}
	return params
}

// MaxBatch is the most batch axes of a product.
const MaxBatch = 4

// The tile of Direct.
const (
	DirectRows    = 16
	DirectColumns = 32
	DirectBlock   = 4 // places of the sum that lie together
)

const (
	packGroup  = 32
	packRun    = 8
	packParams = Reserved + 5 + 2*MaxBatch + operandParams
)

// PackKey identifies what Pack returns.
func PackKey(o *Operand, width int) string {
	return fmt.Sprintf("pack %v %d %d", o.Type, o.Kind, width)
}

// Pack returns the kernel that copies an operand of the type and kind of o into
// panels of width lines. Buffers are the operand and the panels, of float32.
func Pack(o *Operand, width int) *Kernel {
	return &Kernel{
		Key: PackKey(o, width), Words: module("pack"), Group: packGroup, Buffers: 2, Params: packParams, Uses: Uses{1 << 1},
		Constants: []uint32{elementType(o.Type), uint32(o.Kind), uint32(width)},
	}
}

// PackParams returns the parameters of Pack, and how many invocations there are,
// for matrices of lines by places, and the batch's sizes and strides.
func PackParams(o *Operand, start uint32, lines, places, width int, batch, strides []int) (params []uint32, count int) {
	panels, blocks := up(lines, width), up(places, DirectBlock)
	runs := up(blocks, packRun)
	params = []uint32{uint32(lines), uint32(places), uint32(panels), uint32(blocks), uint32(runs)}
	params = appendBatch(params, batch, 1)
	params = appendBatch(params, strides, 0)
	count = panels * runs * width
	for _, n := range batch {
		count *= n
	}
	return o.append(params, start), count
}

// PackWideKey identifies what PackWide returns.
func PackWideKey(along bool, width int) string { return fmt.Sprintf("packwide %t %d", along, width) }

// PackWide returns Pack for plain matrices of float32 of which four elements lie
// together: places of the sum with along, else lines.
func PackWide(along bool, width int) *Kernel {
	return &Kernel{
		Key: PackWideKey(along, width), Words: module("packwide"), Group: packGroup, Buffers: 2, Params: Reserved + 5 + 2*MaxBatch + 2, Uses: Uses{1 << 1},
		Constants: []uint32{flag(along), uint32(width)},
	}
}

// PackWideParams makes those of PackWide from the parameters of Pack.
func PackWideParams(o *Operand, start uint32, along bool, params []uint32, count int) ([]uint32, int) {
	stride, each := o.ByC, 1
	if !along {
		stride, each = o.ByK, 4
	}
	return append(params[:5+2*MaxBatch:5+2*MaxBatch], start/4, uint32(stride/4)), count / each
}

func up(a, b int) int { return (a + b - 1) / b }

// appendBatch appends numbers of the batch axes, with fillers in front.
func appendBatch(params []uint32, l []int, filler int) []uint32 {
	for range MaxBatch - len(l) {
		params = append(params, uint32(filler))
	}
	for _, x := range l {
		params = append(params, uint32(x))
	}
	return params
}

// A Product is what the kernels of a product are told.
type Product struct {
	M, N, Places     int
	Slices, Run      int // of the sum, and places of each, or blocks of Direct
	Down, Across     int // tiles
	Start            int // of the result, in elements, or in fours of Direct
	ByRow, BySlice   int
	Inner, Outer     int // column c is at c%Inner + c/Inner*Outer; Inner counts elements
	Batch, X, Y, Out []int
}

func (p *Product) append(places int) []uint32 {
	var params []uint32
	for _, x := range [...]int{p.M, p.N, places, p.Run, p.Slices, p.Down, p.Across, p.Start, p.ByRow, p.Inner, p.Outer, p.BySlice} {
		params = append(params, uint32(x))
	}
	params = appendBatch(params, p.Batch, 1)
	for _, l := range [...][]int{p.X, p.Y, p.Out} {
		params = appendBatch(params, l, 0)
	}
	return params
}

// Count returns how many workgroups there are.
func (p *Product) Count() int {
	n := p.Slices * p.Down * p.Across
	for _, b := range p.Batch {
		n *= b
	}
	return n
}

const productParams = Reserved + 12 + 4*MaxBatch

// DirectKey identifies what Direct returns.
const DirectKey = "direct"

// Direct returns the kernel of a product for devices that run on the CPU, with
// subgroups of 8 that shuffle, and int64. Buffers are the panels of both
// operands, and the result, of float32.
func Direct() *Kernel {
	return &Kernel{Key: DirectKey, Words: module("direct"), Group: 8, Buffers: 3, Params: productParams, Uses: Uses{1 << 2}}
}

// ReachKey identifies what Reach returns.
const ReachKey = "reach"

// Reach returns Direct for drivers that load better from addresses.
func Reach() *Kernel {
	return &Kernel{Key: ReachKey, Words: module("reach"), Group: 8, Buffers: 3, Params: productParams + 4, Uses: Uses{1 << 2}}
}

// LinearKey identifies what Linear returns for a kernel with a key.
func LinearKey(key string, then op.Epilogue) string { return fmt.Sprint(key, " then ", then) }

// Linear returns Direct, Reach or Tile with a bias and an activation. The bias, of
// float32, is a buffer more, and where it begins the last parameter.
func Linear(k *Kernel, name string, then op.Epilogue) *Kernel {
	k.Key, k.Words = LinearKey(k.Key, then), module(name+"linear")
	if k.rolled {
		k.Words = rolled(k.Words)
	}
	k.Buffers++
	k.Params++
	k.Constants = append(k.Constants, uint32(then))
	return k
}

// ReachParams returns the parameters of Reach, with the panels' addresses.
func ReachParams(p *Product, x, y uint64) []uint32 {
	return append(DirectParams(p), uint32(x), uint32(x>>32), uint32(y), uint32(y>>32))
}

// DirectParams returns the parameters of Direct.
func DirectParams(p *Product) []uint32 { return p.append(up(p.Places, DirectBlock)) }

// A TileSize is how tile.comp is cut.
type TileSize struct{ Rows, Columns, Deep, High, Wide int }

// Group is how many invocations a workgroup has.
func (s TileSize) Group() int { return s.Rows / s.High * s.Columns / s.Wide }

// Shared is how many bytes a workgroup shares.
func (s TileSize) Shared() int { return 4 * s.Deep * (s.Rows + s.Columns + 2) }

// A TileSpec is what a kernel of Tile is made for. XAlong and YAlong say that
// neighbours in memory are places of the sum, not lines.
type TileSpec struct {
	TileSize
	XType, YType   dtype.DType
	XKind, YKind   OperandKind
	XAlong, YAlong bool
	Rolled         bool // loops are not unrolled, for a driver that compiles for a CPU
}

// Key identifies what Tile returns.
func (s TileSpec) Key() string { return fmt.Sprintf("tile %v", s) }

// Tile returns the kernel of a product for GPUs. Buffers are both operands, and
// the result, of float32.
func Tile(s TileSpec) *Kernel {
	c := []uint32{
		uint32(s.Group()), uint32(s.Rows), uint32(s.Columns), uint32(s.Deep), uint32(s.High), uint32(s.Wide),
		elementType(s.XType), elementType(s.YType), uint32(s.XKind), uint32(s.YKind), flag(s.XAlong), flag(s.YAlong),
	}
	words := module("tile")
	if s.Rolled {
		words = rolled(words)
	}
	return &Kernel{
		Key: s.Key(), Words: words, Group: s.Group(), Buffers: 3, Params: productParams + 2*operandParams, Uses: Uses{1 << 2},
		Constants: c, Shared: s.Shared(), rolled: s.Rolled,
	}
}

// A CooperativeSize is how cooperative.coop is cut: Down by Across subgroups of
// some invocations, and fragments of M by N by K.
type CooperativeSize struct{ Subgroup, Rows, Columns, Deep, Down, Across, M, N, K int }

// Group is how many invocations a workgroup has.
func (s CooperativeSize) Group() int { return s.Subgroup * s.Down * s.Across }

// Shared is how many bytes a workgroup shares.
func (s CooperativeSize) Shared() int {
	return 4 * ((s.Rows+s.Columns)*(s.Deep/2+4) + s.Down*s.Across*s.M*s.N)
}

// Fits reports whether fragments and the shares of invocations come out even.
func (s CooperativeSize) Fits() bool {
	pairs := s.Deep / 2
	return s.Rows%(s.Down*s.M) == 0 && s.Columns%(s.Across*s.N) == 0 && s.Deep%s.K == 0 && s.Rows*pairs%s.Group() == 0 && s.Columns*pairs%s.Group() == 0
}

// A CooperativeSpec is what a kernel of Cooperative is made for, as a TileSpec.
type CooperativeSpec struct {
	CooperativeSize
	Type           dtype.DType // Float16 or BFloat16
	Rolled         bool        // loops are not unrolled, for a driver that compiles for a CPU
	XKind, YKind   OperandKind
	XAlong, YAlong bool
}

// Key identifies what Cooperative returns.
func (s CooperativeSpec) Key() string { return fmt.Sprintf("cooperative %v", s) }

// Cooperative returns Tile for operands of float16 or bfloat16 and devices with
// cooperative matrices of them. Its parameters are those of Tile.
func Cooperative(s CooperativeSpec) *Kernel {
	c := []uint32{
		uint32(s.Group()), uint32(s.Rows), uint32(s.Columns), uint32(s.Deep), uint32(s.Down), uint32(s.Across),
		uint32(s.M), uint32(s.N), uint32(s.K), uint32(s.XKind), uint32(s.YKind), flag(s.XAlong), flag(s.YAlong),
	}
	words := module("cooperative")
	if s.Type == dtype.BFloat16 {
		words = ofBFloat16(words)
	}
	if s.Rolled {
		words = rolled(words)
	}
	return &Kernel{
		Key: s.Key(), Words: words, Group: s.Group(), Buffers: 3, Params: productParams + 2*operandParams, Uses: Uses{1 << 2},
		Constants: c, Shared: s.Shared(),
	}
}

// TileParams returns the parameters of Tile, of operands that begin at elements
// xStart and yStart of their buffers.
func TileParams(p *Product, x, y *Operand, xStart, yStart uint32) []uint32 {
	return y.append(x.append(p.append(p.Places), xStart), yStart)
}

func flag(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
