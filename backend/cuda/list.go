package cuda

import (
	"errors"
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/backend/cuda/ptx"
	"github.com/hekla-ml/hekla/dtype"
)

// RunList runs elementwise calls of one function in as few launches as their
// operands' addresses fit the parameters of: see backend.ListRunner. Calls whose
// operands have gaps run one by one.
func (d *device) RunList(calls []*backend.Call) error {
	if len(calls) == 0 {
		return nil
	}
	if d.off["lists"] {
		return unsupported("lists are off (%s)", OffVariable)
	}
	name := callName(calls[0])
	for _, c := range calls {
		if c.Fn == nil || c.Fold != nil || c.Fn != calls[0].Fn {
			return unsupported("a list of other calls than elementwise ones of one function")
		}
		if err := d.check(c); err != nil {
			return fmt.Errorf("cuda: %s: %w", name, err)
		}
	}
	leave, err := d.enter(name)
	if err != nil {
		return err
	}
	defer leave()
	d.gate.RLock()
	defer d.gate.RUnlock()
	err = d.runList(calls)
	if errors.Is(err, backend.ErrUnsupported) {
		return err
	}
	return d.failed(name, err)
}

func (d *device) runList(calls []*backend.Call) error {
	first := calls[0]
	fn, err := d.listKernel(first)
	if err != nil {
		return err
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	for _, c := range calls { // before any runs
		key, rank, wide := d.lay(c, s, c.Out[0].Numel())
		if _, ok := d.find(key); rank > 0 && !ok {
			if _, err := d.newPointwise(c, key, rank, wide); err != nil {
				return err
			}
		}
	}
	entries := ptx.ListEntries(specOf(first.Fn, first.In, first.Out))
	var batch []*backend.Call
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		defer func() { batch = batch[:0] }()
		return d.launchList(s, fn, batch, entries)
	}
	blocks := 0
	for _, c := range calls {
		n := c.Out[0].Numel()
		if _, rank, _ := d.lay(c, s, n); rank > 0 {
			if err := d.elementwise(c); err != nil {
				return err
			}
			continue
		}
		own := (n + ptx.Threads*ptx.ListEach - 1) / (ptx.Threads * ptx.ListEach)
		if len(batch) == entries || blocks+own > math.MaxInt32 {
			if err := flush(); err != nil {
				return err
			}
			blocks = 0
		}
		batch = append(batch, c)
		blocks += own
	}
	return flush()
}

// launchList runs calls whose operands are dense.
func (d *device) launchList(s *scratch, fn driver.Function, calls []*backend.Call, entries int) error {
	c := calls[0]
	w := append(s.words[:0], uint64(len(calls)))
	w = uniforms(w, c.Fn, c.Uniforms, hasType(c, dtype.Float64))
	at := len(w)
	w = append(w, make([]uint64, ptx.ListWords-at)...)
	operands, blocks := len(c.In)+len(c.Out), 0
	for i, c := range calls {
		n := c.Out[0].Numel()
		w[at+i] = uint64(blocks)
		entry := w[at+entries+i*(1+operands):]
		entry[0] = uint64(n)
		for k := range operands {
			entry[1+k] = address(operand(c, k))
		}
		blocks += (n + ptx.Threads*ptx.ListEach - 1) / (ptx.Threads * ptx.ListEach)
	}
	s.words = w
	return d.launch(c, fn, [3]uint32{uint32(blocks), 1, 1}, ptx.Threads, w)
}

// listKernel returns the kernel of a list of calls like c.
func (d *device) listKernel(c *backend.Call) (driver.Function, error) {
	spec := specOf(c.Fn, c.In, c.Out)
	if len(c.In)+len(c.Out) > len(callKey{}.types) || ptx.ListEntries(spec) < 2 {
		return 0, unsupported("a list of calls with %d operands", len(c.In)+len(c.Out))
	}
	key := callKey{kind: "list", fn: c.Fn}
	for k := range len(c.In) + len(c.Out) {
		key.types[k] = operand(c, k).DType
	}
	return d.kernel(key, func() string { return "list " + spec.Key() }, func() (*ptx.Kernel, error) {
		if err := ptx.Supported(spec); err != nil {
			return nil, unsupported("%v", err)
		}
		return ptx.List(spec), nil
	})
}
