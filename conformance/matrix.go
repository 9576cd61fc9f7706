package conformance

import (
	"fmt"
	"strings"

	"github.com/hekla-ml/hekla/op"
)

// columns are the element types of the support matrix.
var columns = []string{"float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"}

// Markdown returns the support matrix of a device: a row for each op of the
// table, a column for each type of the first operand. A cell is the largest
// error of all cases in units of its bound and, after it, in units in the last
// place; or "exact", "unsupported" or "FAIL"; empty where the op has no such case.
func (r *Report) Markdown() string {
	var b strings.Builder
	drawn := ""
	if r.Left > 0 {
		drawn = fmt.Sprintf("; draw %s, %d more cases were not drawn", r.Draw, r.Left)
	}
	fmt.Fprintf(&b, "## %s\n\n%d ops, %d cases: %d passed, %d failed, %d unsupported, %d that ask for nothing; seed %d%s.\n\n| op |",
		r.Device, r.Ops, r.Cases, r.Passed, r.Failed, r.Unsupported, r.Skipped, r.Seed, drawn)
	for _, d := range columns {
		fmt.Fprintf(&b, " %v |", d)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	cells := map[[2]string]*Result{}
	for _, c := range r.Results {
		cells[[2]string{c.Op, c.DType}] = c
	}
	for _, o := range op.All() {
		fmt.Fprintf(&b, "| %s |", o.Name)
		for _, d := range columns {
			fmt.Fprintf(&b, " %s |", cells[[2]string{o.Name, d}])
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
	return fmt.Sprintf("%.2f %.2g ulp", r.Worst, r.ULP)
}
