package cuda

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/kernels"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// An ordering sorts lines of keys: see kernels/sort.cu.
type ordering struct {
	*device
	call            *backend.Call
	lines, n, bits  int
	keys            backend.View // [lines, n]: int32 or int64 as bits
	order, sorted   backend.View // what comes out: where each element was, int32; the keys
	free            []func()
	tiles           int
	counts, totals  uint64
	spare, spareKey backend.View
}

// Elements of a block: of one line, or of as many as fit; each counts those before it.
const (
	sortTile = 2048
	sortFew  = rowThreads
)

// sortKeys sorts keys [lines, n] of some bits, stably. Call release when the work on the
// result is enqueued.
func (d *device) sortKeys(c *backend.Call, keys backend.View, lines, n, bits int) (o *ordering, err error) {
	o = &ordering{device: d, call: c, lines: lines, n: n, bits: bits, keys: keys}
	defer func() {
		if err != nil {
			o.release()
		}
	}()
	o.tiles = (n + sortTile - 1) / sortTile
	if n > math.MaxInt32 || lines*o.tiles > math.MaxInt32 {
		return o, unsupported("sorting %d lines of %d elements", lines, n)
	}
	for _, v := range []struct {
		to   *backend.View
		t    dtype.DType
		many bool // of long lines only
	}{{&o.order, dtype.Int32, false}, {&o.sorted, keys.DType, false}, {&o.spare, dtype.Int32, true}, {&o.spareKey, keys.DType, true}} {
		if !v.many || o.tiles > 1 {
			if *v.to, err = o.room(v.t, lines, n); err != nil {
				return o, err
			}
		}
	}
	if n <= sortFew {
		for o.tiles < n {
			o.tiles *= 2
		}
		return o, o.launchSort("few", (lines*o.tiles+sortFew-1)/sortFew, 0, &o.keys, nil, &o.sorted, &o.order)
	}
	if o.tiles == 1 {
		return o, o.launchSort("line", lines, 0, &o.keys, nil, &o.sorted, &o.order)
	}
	return o, o.passes()
}

func (o *ordering) room(t dtype.DType, s ...int) (backend.View, error) {
	v, free, err := o.temporary(t, s)
	if err == nil {
		o.free = append(o.free, free)
	}
	return v, err
}

func (o *ordering) release() {
	for _, f := range o.free {
		f()
	}
	o.free = nil
}

// passes sorts long lines by 8 bits at a time.
func (o *ordering) passes() error {
	counts, err := o.room(dtype.Int32, o.lines, 256, o.tiles)
	if err != nil {
		return err
	}
	totals, err := o.room(dtype.Int32, o.lines, 256)
	if err != nil {
		return err
	}
	o.counts, o.totals = address(&counts), address(&totals)
	from, order := &o.keys, (*backend.View)(nil)
	for shift := 0; shift < o.bits; shift += 8 {
		// The last pass writes to order and sorted.
		to, result := &o.sorted, &o.order
		if (o.bits-shift+7)/8%2 == 0 {
			to, result = &o.spareKey, &o.spare
		}
		if err := o.launchSort("count", o.lines*o.tiles, shift, from, order, to, result); err != nil {
			return err
		}
		if err := o.launchSort("offsets", o.lines*32, shift, from, order, to, result); err != nil {
			return err
		}
		if err := o.launchSort("move", o.lines*o.tiles, shift, from, order, to, result); err != nil {
			return err
		}
		from, order = to, result
	}
	return nil
}

func (o *ordering) launchSort(kernel string, blocks, shift int, from, order, to, result *backend.View) error {
	module := kernels.Module("sort_b32")
	if o.keys.DType == dtype.Int64 {
		module = "sort_b64"
	}
	fn, err := o.written(module, kernel)
	if err != nil {
		return err
	}
	if blocks > math.MaxInt32 {
		return unsupported("sorting %d lines", o.lines)
	}
	before := uint64(0)
	if order != nil {
		before = address(order)
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.words = append(s.words[:0], uint64(o.lines), uint64(o.n), uint64(o.tiles), uint64(shift), uint64(o.bits),
		address(from), before, address(to), address(result), o.counts, o.totals)
	return o.launch(o.call, fn, [3]uint32{uint32(blocks), 1, 1}, rowThreads, s.words)
}

// keyNames are the kernels that make keys of elements, and their bits.
var keyNames = map[dtype.DType]string{
	dtype.Float32: "f32", dtype.Float64: "f64", dtype.Float16: "f16", dtype.BFloat16: "bf16",
	dtype.Int64: "i64", dtype.Int32: "i32", dtype.Int16: "i16", dtype.Int8: "i8", dtype.Uint8: "u8", dtype.Bool: "u8",
}

// elementKeys makes keys [lines, n] of the elements of x, lines along an axis.
func (d *device) elementKeys(c *backend.Call, x backend.View, axis int, descending bool) (backend.View, func(), error) {
	name, ok := keyNames[x.DType]
	if !ok {
		return x, nil, unsupported("sorting %v", x.DType)
	}
	x, free, err := d.contiguous(c, x)
	if err != nil {
		return x, nil, err
	}
	defer free()
	t := dtype.Int32
	if x.DType.Size() == 8 {
		t = dtype.Int64
	}
	n, inner := axisSize(&x, axis), 1
	if len(x.Shape) > 0 {
		inner = shape.Numel(x.Shape[axis+1:])
	}
	keys, drop, err := d.temporary(t, []int{x.Numel() / n, n})
	if err != nil {
		return x, nil, err
	}
	fn, err := d.written("sortkeys", "keys_"+name)
	if err != nil {
		drop()
		return x, nil, err
	}
	down := uint64(0)
	if descending {
		down = 1
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.words = append(s.words[:0], uint64(x.Numel()), uint64(n), uint64(inner), address(&x), address(&keys), down)
	if err := d.launchOver(c, fn, x.Numel(), s.words); err != nil {
		drop()
		return x, nil, fmt.Errorf("keys: %w", err)
	}
	return keys, drop, nil
}
