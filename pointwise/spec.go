package pointwise

import (
	"strings"

	"github.com/hekla-ml/hekla/dtype"
)

// A Spec is a program together with the element types it reads and writes:
// what a backend compiles one kernel for. On load, elements are converted to
// the kind of the program's input; on store, from the kind of the output to
// the element type, as OpConvert does (integers wrap).
type Spec struct {
	*Program
	In, Out []dtype.DType
}

// Float64 reports whether Float is float64 (some element type is), else it is
// float32.
func (s Spec) Float64() bool { return s.has(dtype.Float64) }

// Int64 reports whether Int is int64 (some element type is), else it is int32.
func (s Spec) Int64() bool { return s.has(dtype.Int64) }

func (s Spec) has(d dtype.DType) bool {
	for _, l := range [2][]dtype.DType{s.In, s.Out} {
		for _, x := range l {
			if x == d {
				return true
			}
		}
	}
	return false
}

// Key returns a text that identifies the spec: a key for caches of kernels.
func (s Spec) Key() string {
	var b strings.Builder
	b.WriteString(s.Hash())
	for _, l := range [2][]dtype.DType{s.In, s.Out} {
		b.WriteByte(' ')
		for _, d := range l {
			b.WriteByte('a' + byte(d))
		}
	}
	return b.String()
}
