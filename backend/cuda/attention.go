package cuda

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/kernels"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// Attention and its gradients in tiles; see kernels/attention.cu, whose words
// these are, and kernels/flash.cu for GPUs with tensor cores. Heads of more than maxHead
// elements are computed by definition.
func init() {
	structured[op.Attention] = (*device).attention
	structured[op.AttentionGrad] = (*device).attentionGrad
}

var attentionModules = map[dtype.DType]kernels.Module{dtype.Float32: "attention_f32", dtype.Float16: "attention_f16", dtype.BFloat16: "attention_bf16"}

// flashModules have the same kernels, on tensor cores.
var flashModules = map[dtype.DType]kernels.Module{dtype.Float16: "flash_f16", dtype.BFloat16: "flash_bf16"}

// A tiling is how many rows and threads the blocks of a kernel have.
type tiling struct{ rows, threads int }

var (
	attentionTiles = map[string]tiling{
		"forward_64": {32, 128}, "back_q_64": {32, 128}, "back_kv_64": {32, 128},
		"forward_128": {32, 128}, "back_q_128": {16, 128}, "back_kv_128": {32, 128},
		"forward_256": {32, 128}, "back_q_256": {32, 128}, "back_kv_256": {32, 128},
	}
	flashTiles = map[string]tiling{
		"forward_64": {128, 128}, "back_q_64": {64, 128}, "back_kv_64": {64, 128},
		"forward_128": {128, 256}, "back_q_128": {64, 128}, "back_kv_128": {64, 128},
		"forward_256": {128, 256}, "back_q_256": {64, 256}, "back_kv_256": {64, 256},
	}
)

// maxHead is the most elements of a head that kernels take.
const maxHead = 256

// flashUnit is the elements of the 16 bytes at whose multiples tensor cores' rows begin.
const flashUnit = 8

// attending is one call for the kernels.
type attending struct {
	d            *device
	c            *backend.Call
	module       kernels.Module
	flash        bool // on tensor cores
	lead         []int
	outer, inner int // how many heads: all leading axes but the last, and that
	group        int
	l, s, e, v   int // v is the size of values
	words        []uint64
	done         []func()
}

func (d *device) attention(c *backend.Call) error {
	a, err := d.attending(c, c.Out[0].Shape)
	if err != nil {
		return err
	}
	defer a.free()
	if err := a.operands(nil, c.In[3:]); err != nil || c.Out[1].Numel() == 0 {
		return err
	}
	a.add(address(&c.Out[1]), 0, address(&c.Out[0]), 0, 0, 0)
	return a.launch("forward", a.outer*a.inner, a.l)
}

func (d *device) attentionGrad(c *backend.Call) error {
	a, err := d.attending(c, c.In[3].Shape)
	if err != nil {
		return err
	}
	defer a.free()
	var stats [2]backend.View
	for i := range stats {
		v, free, err := d.contiguous(c, c.In[4+i])
		if err != nil {
			return err
		}
		a.done = append(a.done, free)
		stats[i] = v
	}
	if err := a.operands(&c.In[3], c.In[6:]); err != nil {
		return err
	}
	a.add(address(&stats[0]), address(&stats[1]), 0, address(&c.Out[0]), address(&c.Out[1]), address(&c.Out[2]))
	if err := a.launch("back_q", a.outer*a.inner, a.l); err != nil {
		return err
	}
	return a.launch("back_kv", a.outer*a.inner/a.group, a.s)
}

// attending looks at the operands. like is the shape of the result.
func (d *device) attending(c *backend.Call, like []int) (*attending, error) {
	q, k, v := &c.In[0], &c.In[1], &c.In[2]
	at, _ := c.Attrs.(op.AttentionAttrs)
	n := len(like) - 2
	a := &attending{d: d, c: c, module: attentionModules[q.DType], lead: like[:n], outer: 1, inner: 1, group: 1,
		l: q.Shape[n], s: k.Shape[n], e: q.Shape[n+1], v: v.Shape[n+1]}
	if n > 0 {
		a.inner, a.outer = like[n-1], shape.Numel(like[:n-1])
	}
	if at.Grouped && k.Shape[n-1] > 0 {
		a.group = q.Shape[n-1] / k.Shape[n-1]
	}
	if m := d.tensor(flashModules, q.DType); m != "" {
		a.module, a.flash = m, true
	}
	if a.module == "" || max(a.e, a.v) > maxHead || a.l == 0 || a.s == 0 || a.e == 0 || a.v == 0 {
		return nil, unsupported("attention of %v %v with keys %v, values %v", q.DType, q.Shape, k.Shape, v.Shape)
	}
	return a, nil
}

func (a *attending) free() {
	for _, f := range a.done {
		f()
	}
}

func (a *attending) add(words ...uint64) { a.words = append(a.words, words...) }

func (a *attending) numbers(list ...int) {
	for _, x := range list {
		a.add(uint64(x))
	}
}

// operands writes the words up to the mask and the scale. g is the cotangent, or
// nil.
func (a *attending) operands(g *backend.View, mask []backend.View) error {
	at, _ := a.c.Attrs.(op.AttentionAttrs)
	a.numbers(a.l, a.s, a.e, a.v, a.inner, a.group)
	for i := range 3 {
		if err := a.stack(&a.c.In[i]); err != nil {
			return err
		}
	}
	if g == nil {
		a.numbers(0, 0, 0, 0)
	} else if err := a.stack(g); err != nil {
		return err
	}
	if err := a.mask(mask); err != nil {
		return err
	}
	causal := 0
	if at.Causal {
		causal = 1
	}
	a.numbers(causal)
	a.add(math.Float64bits(at.ScaleOf(a.e)))
	return nil
}

// stack writes where an operand has its matrices. Which of its heads serves which
// of q's the kernel knows.
func (a *attending) stack(v *backend.View) error {
	n := len(v.Shape) - 2
	view, outer, inner, ok := *v, 0, 0, v.Strides[n+1] == 1 || v.Shape[n+1] == 1
	if ok {
		outer, inner, ok = a.leading(v.Shape[:n], v.Strides[:n])
	}
	if a.flash {
		ok = ok && address(v)%16 == 0 && (outer|inner|v.Strides[n])%flashUnit == 0 && v.Shape[n+1]%2 == 0
	}
	if !ok {
		t, free, err := a.copied(v)
		if err != nil {
			return err
		}
		a.done = append(a.done, free)
		if outer, inner, ok = a.leading(t.Shape[:n], t.Strides[:n]); !ok || t.Strides[n+1] != 1 {
			return unsupported("attention to an operand of %v for heads %v", v.Shape, a.lead)
		}
		view = t
	}
	a.add(address(&view))
	a.numbers(outer, inner, view.Strides[n])
	return nil
}

// copied returns a copy of an operand whose rows begin where the kernel wants them.
func (a *attending) copied(v *backend.View) (backend.View, func(), error) {
	if !a.flash {
		return a.d.contiguous(a.c, *v)
	}
	last := len(v.Shape) - 1
	wide := append([]int(nil), v.Shape...)
	wide[last] = (wide[last] + flashUnit - 1) / flashUnit * flashUnit
	t, free, err := a.d.temporary(v.DType, wide)
	if err != nil {
		return t, nil, err
	}
	t.Shape = v.Shape
	if err := a.d.copyTo(a.c, t, *v); err != nil {
		free()
		return t, nil, err
	}
	return t, free, nil
}

// leading returns two strides for all leading axes: of all but the last, and of
// that. ok is false if the others are not evenly apart.
func (a *attending) leading(s, strides []int) (outer, inner int, ok bool) {
	skip := len(a.lead) - len(s)
	stride := func(i int) int {
		if i < skip || s[i-skip] == 1 { // stretched
			return 0
		}
		return strides[i-skip]
	}
	last := len(a.lead) - 1
	if last < 0 {
		return 0, 0, true
	}
	inner = stride(last)
	size, first := 1, true
	for i := last - 1; i >= 0; i-- {
		if a.lead[i] == 1 {
			continue
		}
		if first {
			outer, first = stride(i), false
		} else if stride(i) != outer*size {
			return 0, 0, false
		}
		size *= a.lead[i]
	}
	return outer, inner, true
}

func (a *attending) mask(mask []backend.View) error {
	if len(mask) == 0 {
		a.numbers(0, 0, 0, 0, 0, 0)
		return nil
	}
	m, n := &mask[0], len(a.lead)
	full := append(append([]int{}, a.lead...), a.l, a.s)
	v, err := m.Expand(full)
	if err != nil {
		return err
	}
	view := *m
	view.View = v
	outer, inner, ok := a.leading(v.Shape[:n], v.Strides[:n])
	if !ok {
		t, free, err := a.d.contiguous(a.c, view)
		if err != nil {
			return err
		}
		a.done = append(a.done, free)
		outer, inner, _ = a.leading(t.Shape[:n], t.Strides[:n])
		view = t
	}
	kind := 2
	if m.DType == dtype.Bool {
		kind = 1
	}
	a.add(address(&view))
	a.numbers(kind, outer, inner, view.Strides[n], view.Strides[n+1])
	return nil
}

// launch runs a kernel with a block for each tile of rows of each of some heads.
func (a *attending) launch(name string, heads, rows int) error {
	switch size := max(a.e, a.v); {
	case size > 128:
		name += "_256"
	case size > 64:
		name += "_128"
	default:
		name += "_64"
	}
	tile := attentionTiles[name]
	if a.flash {
		tile = flashTiles[name]
	}
	fn, err := a.d.written(a.module, name)
	if err != nil {
		return err
	}
	blocks := heads * ((rows + tile.rows - 1) / tile.rows)
	if blocks > math.MaxInt32 {
		return unsupported("attention of %d tiles", blocks)
	}
	if blocks == 0 {
		return nil
	}
	return a.d.launch(a.c, fn, [3]uint32{uint32(blocks), 1, 1}, tile.threads, a.words)
}
