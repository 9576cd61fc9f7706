package conformance

import "github.com/hekla-ml/hekla/dtype"

// A Result sums up the cases of an op with one type of the first operand, or of
// the result if there are no operands.
type Result struct {
	Op          string `json:"op"`
	DType       string `json:"dtype"`
	Passed      int    `json:"passed"`
	Failed      int    `json:"failed,omitempty"`
	Unsupported int    `json:"unsupported,omitempty"`
	// Worst is the largest error of a case that passed, in units of its bound,
	// and WorstCase the name of that case.
	Worst     float64 `json:"worst"`
	WorstCase string  `json:"worst_case,omitempty"`
	// ULP is the largest error in units in the last place: of the element, for
	// results of elementwise ops, else of the largest element of the result or
	// gradient. ULPCase names the case, and ULPAt the element and what it was
	// computed from.
	ULP     float64 `json:"ulp"`
	ULPCase string  `json:"ulp_case,omitempty"`
	ULPAt   string  `json:"ulp_at,omitempty"`

	dtype dtype.DType
}

// A cell is the place of a Result in a report.
type cell struct {
	op    string
	dtype dtype.DType
}

// result returns the cell of c.
func (r *Report) result(c testCase) *Result {
	key := cell{op: c.op.Name}
	if len(c.sample.In) > 0 {
		key.dtype = c.sample.In[0].DType()
	} else if out, err := c.op.Infer(nil, c.sample.Attrs); err == nil {
		key.dtype = out[0].DType
	}
	res := r.cells[key]
	if res == nil {
		res = &Result{Op: key.op, DType: key.dtype.String(), dtype: key.dtype}
		r.cells[key] = res
	}
	return res
}

func (r *Result) add(c testCase, worst deviation, o outcome) {
	switch o {
	case unsupported:
		r.Unsupported++
	case failed:
		r.Failed++
	case passed:
		r.Passed++
		if worst.share > r.Worst {
			r.Worst, r.WorstCase = worst.share, c.name
		}
		if worst.ulp > r.ULP {
			r.ULP, r.ULPCase, r.ULPAt = worst.ulp, c.name, worst.at
		}
	}
}
