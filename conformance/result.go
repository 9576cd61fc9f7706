package conformance

import (
	"github.com/hekla-ml/hekla/dtype"
)

// A Key names a cell of the support matrix: an op, and the type of its first
// operand, or of its result if it has none.
type Key struct {
	Op    string
	DType dtype.DType
}

// A Result sums up the cases of a cell.
type Result struct {
	Passed, Failed, Unsupported int
	// Worst is the largest error of a case that passed, in units of its bound,
	// and WorstCase the name of that case.
	Worst     float64
	WorstCase string
}

// note adds the outcome of c.
func (r *Report) note(c testCase, share float64, err error) {
	key := Key{Op: c.op.Name}
	if c.kind == refused {
		return
	}
	if len(c.sample.In) > 0 {
		key.DType = c.sample.In[0].DType()
	} else if out, err := c.op.Infer(nil, c.sample.Attrs); err == nil {
		key.DType = out[0].DType
	}
	if r.Results == nil {
		r.Results = map[Key]*Result{}
	}
	res := r.Results[key]
	if res == nil {
		res = &Result{}
		r.Results[key] = res
	}
	switch {
	case isUnsupported(err):
		res.Unsupported++
	case err != nil:
		res.Failed++
	default:
		res.Passed++
		if share > res.Worst {
			res.Worst, res.WorstCase = share, c.name
		}
	}
}
