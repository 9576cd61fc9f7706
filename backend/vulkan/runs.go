package vulkan

import (
	"math/bits"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// runsFrom is from how many indices of a line on a GPU sorts them, to join what
// goes to the same place without atomics.
const runsFrom = 64

// sorts reports whether n indices of each line, and rest elements to each, are
// better sorted than gone through.
func (d *device) sorts(lines, n, rest int) bool {
	return !d.onCPU() && n >= runsFrom && lines*n*rest <= 1<<31 && d.limits.StorageRange/4 >= int64(lines*n)
}

// A runs is the elements that indices send to places.
type runs struct {
	kernel.RunSpec
	lines, lead, rest             []int // sizes
	fromLines, fromLead, fromRest []int // strides of the elements
	toLines, toRest               []int // and of the result
	by                            int   // the result's stride by key
	places                        int   // of a line
}

// join joins elements with those of to, whose keys say where they go. It sorts
// the keys, which are dense: line after line.
func (d *device) join(r *runs, keys operand, from, to *backend.View) error {
	r.From, r.To, r.Lines, r.Lead, r.Rest = from.DType, to.DType, len(r.lines), len(r.lead), len(r.rest)
	lines, n := shape.Numel(r.lines), shape.Numel(r.lead)
	numbers, err := d.sorted(keys, lines, n, 1, 0, bits.Len(uint(r.places)))
	if err != nil {
		return err
	}
	defer d.giveScratch(numbers.buffer)
	o, err := d.bindAll(from, to)
	if err != nil {
		return err
	}
	params := []uint32{uint32(n), uint32(r.places), o[0].start, o[1].start, uint32(r.by)}
	for _, l := range [][]int{r.lines, r.lead, r.rest, r.fromLines, r.fromLead, r.fromRest, r.toLines, r.toRest} {
		params = appendWords(params, l)
	}
	p, err := d.pipeline(r.Key(), func() (*kernel.Kernel, error) { return kernel.JoinRuns(r.RunSpec), nil })
	if err != nil {
		return err
	}
	return d.launch(p, []operand{keys, numbers, o[0], o[1]}, params, int64(lines*n*shape.Numel(r.rest)))
}

// joinLines joins elements of from with those of to that indices along an axis
// point to. The strides of to are its own, those of from over the index's shape.
func (d *device) joinLines(to, index, from *backend.View, axis int, by op.By) error {
	before, ok1 := single(index.Shape[:axis], index.Strides[:axis])
	after, ok2 := single(index.Shape[axis+1:], index.Strides[axis+1:])
	if !ok1 || !ok2 {
		c := &backend.Call{In: []backend.View{*index}}
		return d.compacted(c, func(c *backend.Call) error { return d.joinLines(to, &c.In[0], from, axis, by) })
	}
	keys, err := d.floats(index.Numel())
	if err != nil {
		return err
	}
	defer d.giveScratch(keys.buffer)
	o, err := d.bind(index)
	if err != nil {
		return err
	}
	p, err := d.pipeline(kernel.LineKeysKey(index.DType), func() (*kernel.Kernel, error) { return kernel.LineKeys(index.DType), nil })
	if err != nil {
		return err
	}
	n, places := index.Shape[axis], to.Shape[axis]
	params := appendWords(nil, []int{n, shape.Numel(index.Shape[axis+1:]), places, int(o.start), index.Strides[axis], before, after, int(keys.start)})
	if err := d.launch(p, []operand{o, keys}, params, int64(index.Numel())); err != nil {
		return err
	}
	but := func(l []int) []int { return slices.Concat(l[:axis], l[axis+1:]) }
	r := &runs{
		lines: but(index.Shape), lead: []int{n}, fromLines: but(from.Strides), fromLead: []int{from.Strides[axis]},
		toLines: but(to.Strides), by: to.Strides[axis], places: places,
	}
	r.By = by
	return d.join(r, keys, from, to)
}

// joinPlaces adds values, whose strides are given along the shape that the
// indices broadcast to and the rest of to, to the dense to.
func (d *device) joinPlaces(to, values *backend.View, index []backend.View, p kernel.Pointers, lead, byValue []int, byIndex [][]int) error {
	n, k := shape.Numel(lead), len(index)
	keys, err := d.floats(n)
	if err != nil {
		return err
	}
	defer d.giveScratch(keys.buffer)
	operands, params, err := d.bindCall(&backend.Call{In: index})
	if err != nil {
		return err
	}
	q, err := d.pipeline(kernel.PlaceKeysKey(p), func() (*kernel.Kernel, error) { return kernel.PlaceKeys(p), nil })
	if err != nil {
		return err
	}
	params = appendWords(appendWords(append(params, keys.start), lead), to.Shape[:k])
	for _, s := range byIndex {
		params = appendWords(params, s)
	}
	if err := d.launch(q, append(operands, keys), params, int64(n)); err != nil {
		return err
	}
	r := &runs{
		lead: lead, rest: to.Shape[k:], fromLead: byValue[:len(lead)], fromRest: byValue[len(lead):],
		toRest: to.Strides[k:], by: shape.Numel(to.Shape[k:]), places: shape.Numel(to.Shape[:k]),
	}
	r.By = op.BySum
	return d.join(r, keys, values, to)
}
