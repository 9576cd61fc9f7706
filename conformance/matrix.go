package conformance

import (
	"fmt"
	"strings"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// columns are the element types of the support matrix.
var columns = []dtype.DType{
	dtype.Float32, dtype.Float64, dtype.Float16, dtype.BFloat16,
	dtype.Int64, dtype.Int32, dtype.Int16, dtype.Int8, dtype.Uint8, dtype.Bool,
}

// Markdown returns the support matrix of a device: a row for each op of the
// table, a column for each type of the first operand. A cell is the largest
// error of all cases in units of its bound, "exact", "unsupported" or "FAIL";
// empty where the op has no such case.
func (r *Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n%d ops, %d cases: %d passed, %d failed, %d unsupported.\n\n| op |", r.Device, r.Ops, r.Cases, r.Passed, r.Failed, r.Unsupported)
	for _, d := range columns {
		fmt.Fprintf(&b, " %v |", d)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, o := range op.All() {
		fmt.Fprintf(&b, "| %s |", o.Name)
		for _, d := range columns {
			fmt.Fprintf(&b, " %s |", r.Results[Key{o.Name, d}])
		}
		b.WriteString("\n")
	}
	return b.String()
}

// String is the cell of the support matrix.
func (r *Result) String() string {
	switch {
	case r == nil:
		return ""
	case r.Failed > 0:
		return "FAIL"
	case r.Passed == 0:
		return "unsupported"
	case r.Unsupported > 0:
		return "in part"
	case r.Worst == 0:
		return "exact"
	}
	return fmt.Sprintf("%.2f", r.Worst)
}
