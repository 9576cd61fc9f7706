package cuda

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/kernels"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// The convolutions on tensor cores; see kernels/convmma.cu, whose words these are.
// Both operands have channels as the innermost axis: a tensor that lies so already
// (channels last) is taken as it is, others are turned, which reads and writes them once.

var convTensorModules = map[dtype.DType]kernels.Module{dtype.Float16: "convmma_f16", dtype.BFloat16: "convmma_bf16", dtype.Float32: "convmma_tf32"}

// arrangeTile is the channels and places of a block of kernel arrange.
const arrangeTile = 32

// pixels are an operand whose channels are innermost: strides are in bytes, padded
// is the channels of a group with the zeros behind them.
type pixels struct {
	at        uint64
	outer     int
	axes      spatial3
	group     int
	padded    int
	free      func()
	firstStep int // from one place to the next
}

// An arrangement is how an operand is turned, in elements.
type arrangement struct {
	outer, groups, places, channels, padded int
	fromOuter, fromChannel, fromGroup       int
	toOuter, toPlace, toGroup               int
}

func padTo(n, unit int) int { return (n + unit - 1) / unit * unit }

// arrange returns a turned copy of v, whose places follow each other.
func (d *device) arrange(c *backend.Call, module kernels.Module, v *backend.View, a arrangement) (backend.View, func(), error) {
	if a.places == 1 && a.fromOuter == 1 && a.groups*a.outer > 1 { // what follows in memory counts as places
		a.places, a.outer, a.toPlace = a.outer, 1, a.toOuter
	}
	total := max(a.outer*a.toOuter, a.groups*a.toGroup, a.places*a.toPlace)
	out, free, err := d.temporary(v.DType, []int{total})
	if err != nil {
		return out, nil, err
	}
	tiles, down := a.outer*int(blocks(a.places, arrangeTile)), int(blocks(a.padded, arrangeTile))
	if tiles > math.MaxInt32 || max(down, a.groups) > math.MaxUint16 {
		free()
		return out, nil, unsupported("a convolution of %d channels in %d groups", a.channels, a.groups)
	}
	fn, err := d.written(module, "arrange")
	if err == nil {
		w := wordList{address(v), address(&out)}
		w.numbers(a.places, a.channels, a.padded, a.fromOuter, a.fromChannel, a.fromGroup, a.toOuter, a.toPlace, a.toGroup)
		err = d.launch(c, fn, [3]uint32{uint32(tiles), uint32(down), uint32(a.groups)}, 256, w)
	}
	if err != nil {
		free()
		return out, nil, err
	}
	return out, free, nil
}

// inOrder returns v, or a copy, whose spatial axes follow each other in memory.
func (d *device) inOrder(c *backend.Call, v *backend.View) (backend.View, func(), error) {
	step := 1
	for i := len(v.Shape) - 1; i >= 2; i-- {
		if v.Shape[i] != 1 && v.Strides[i] != step {
			return d.contiguous(c, *v)
		}
		step *= v.Shape[i]
	}
	return *v, func() {}, nil
}

// channelsLast returns an operand with channels innermost; even wants its places
// evenly apart.
func (d *device) channelsLast(c *backend.Call, module kernels.Module, v *backend.View, groups int, even bool) (pixels, error) {
	size := v.DType.Size()
	unit := 16 / size
	channels, places := v.Shape[1]/groups, shape.Numel(spatialOf(v.Shape))
	l := pixels{at: address(v), outer: v.Strides[0] * size, axes: right(spatialOf(v.Strides), 0).scaled(size), group: channels * size, padded: channels, free: func() {}}
	if channels%unit == 0 && v.Strides[1] == 1 && (l.at|uint64(l.outer|l.axes[0]|l.axes[1]|l.axes[2]))%16 == 0 && (!even || l.evenly(v)) {
		return l, nil
	}
	x, done, err := d.inOrder(c, v)
	if err != nil {
		return l, err
	}
	defer done()
	l.padded = padTo(channels, unit)
	pixel := groups * l.padded
	t, free, err := d.arrange(c, module, &x, arrangement{
		outer: v.Shape[0], groups: groups, places: places, channels: channels, padded: l.padded,
		fromOuter: x.Strides[0], fromChannel: x.Strides[1], fromGroup: channels * x.Strides[1],
		toOuter: places * pixel, toPlace: pixel, toGroup: l.padded,
	})
	if err != nil {
		return l, err
	}
	l.at, l.free, l.outer, l.group, l.firstStep = address(&t), free, places*pixel*size, l.padded*size, pixel*size
	step := l.firstStep
	for i, full := 2, right(spatialOf(v.Shape), 1); i >= 0; i-- {
		l.axes[i] = step
		step *= full[i]
	}
	return l, nil
}

// evenly finds the step between the places of all images, if there is one for all.
func (l *pixels) evenly(v *backend.View) bool {
	size := 1 // places so far, from the last
	for i := len(v.Shape) - 1; i >= 0; i-- {
		if i == 1 || v.Shape[i] == 1 {
			continue
		}
		stride := v.Strides[i] * v.DType.Size()
		if size == 1 {
			l.firstStep = stride
		} else if stride != l.firstStep*size {
			return false
		}
		size *= v.Shape[i]
	}
	return true
}

// runTensor computes the convolution on tensor cores.
func (f *implicit) runTensor(d *device, c *backend.Call, module kernels.Module) error {
	out, size := &c.Out[0], f.a.DType.Size()
	unit := 16 / size
	byWeight := f.name == "conv_weight"
	b, err := d.channelsLast(c, module, f.b, f.groups, false)
	if err != nil {
		return err
	}
	defer b.free()
	w := wordList{}
	rows, name := 128, "_128"
	if f.m <= 64 {
		rows, name = 64, "_64"
	}
	fn, err := d.written(module, f.name+name)
	if err != nil {
		return err
	}
	places, taps, lineStep, tapStep := f.jDigits, f.kDigits, f.jStep, f.kStep
	if byWeight {
		places, taps, lineStep, tapStep = taps, places, tapStep, lineStep
	}
	window := taps[0] * taps[1] * taps[2]
	terms := window * b.padded // of a row, or columns of the gradient by the weight
	if terms > math.MaxInt32/2 {
		return unsupported("a convolution of %d terms", terms)
	}
	if !byWeight {
		a, free, err := f.weights(d, c, module, b.padded, window)
		if err != nil {
			return err
		}
		defer free()
		w.numbers(f.m, f.j, terms/unit)
		w = append(w, address(&a), b.at, address(out))
		w.numbers(terms*size, f.m*terms*size, b.group, b.outer)
		w.three(b.axes)
		w.numbers(f.outRow, f.outOuter, f.inner, f.outGroup)
		f.rest(&w, places, taps, lineStep, tapStep, b.padded/unit, 0, 0)
		down := blocks(f.m, rows)
		if max(int(down), f.groups) > math.MaxUint16 {
			return unsupported("a convolution of %d channels in %d groups", f.m, f.groups)
		}
		return d.launch(c, fn, [3]uint32{blocks(f.j, columnTile), down, uint32(f.groups)}, 256, w)
	}

	a, err := d.channelsLast(c, module, f.a, f.groups, true)
	if err != nil {
		return err
	}
	defer a.free()
	across, down := blocks(terms, columnTile), blocks(f.m, rows)
	parts := f.parts(d, int(across*down))
	if down > math.MaxUint16 || parts < 1 {
		return unsupported("a convolution of %d channels in %d groups", f.m, f.groups)
	}
	total := f.groups * f.m * terms
	sums, free, err := d.temporary(dtype.Float32, []int{parts, total})
	if err != nil {
		return err
	}
	defer free()
	w.numbers(f.m, f.k, terms/unit)
	w = append(w, a.at, b.at, address(&sums))
	w.numbers(a.firstStep, a.group, b.group, b.outer)
	w.three(b.axes)
	w.numbers(terms, 0, 0, f.m*terms)
	f.rest(&w, places, taps, lineStep, tapStep, b.padded/unit, (f.k+parts-1)/parts, total)
	if err := d.launch(c, fn, [3]uint32{across, down, uint32(f.groups * parts)}, 256, w); err != nil {
		return err
	}
	// Sums have channels innermost, and padded; the result has the taps.
	full := []int{parts, f.groups * f.m, out.Shape[1], window}
	sums.Shape, sums.Strides = full, []int{total, terms, 1, b.padded}
	g := fold{device: d, call: c, fn: identities[dtype.Float32], by: op.BySum, in: []backend.View{sums}, out: address(out), outType: out.DType, sum: dtype.Float32}
	return g.all(full, []int{0}, out.Numel())
}

// rest writes the words behind those of the operands and the result.
func (f *implicit) rest(w *wordList, places, taps, lineStep, tapStep spatial3, chunks, each, part int) {
	w.three(right(spatialOf(f.b.Shape), 1), lineStep, tapStep, f.offset)
	w.divisors(f.step[:]...)
	w.digits(places, taps)
	w.divisors(chunks)
	w.numbers(f.groups, each, part)
}

// weights returns the first operand: rows of taps of channels.
func (f *implicit) weights(d *device, c *backend.Call, module kernels.Module, padded, taps int) (backend.View, func(), error) {
	k, done, err := d.inOrder(c, f.a)
	if err != nil {
		return k, nil, err
	}
	r := arrangement{outer: f.m * f.groups, groups: 1, places: taps, channels: k.Shape[1], padded: padded,
		fromOuter: k.Strides[0], fromChannel: k.Strides[1], toOuter: taps * padded, toPlace: padded}
	if f.name == "conv_in" {
		r.outer, r.groups, r.channels = f.m, f.groups, k.Shape[0]/f.groups
		r.fromOuter, r.fromChannel, r.fromGroup, r.toGroup = k.Strides[1], k.Strides[0], r.channels*k.Strides[0], f.m*taps*padded
	}
	if taps == 1 && r.fromChannel == 1 && r.fromOuter == padded && r.channels == padded && r.groups == 1 && address(&k)%16 == 0 {
		return k, done, nil // it lies so
	}
	defer done()
	return d.arrange(c, module, &k, r)
}
