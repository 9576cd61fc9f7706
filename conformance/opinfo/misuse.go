package opinfo

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// A refusal is a call that PyTorch refuses. The recordings have its messages,
// not the arguments: a case of ours stands for each.
type refusal struct {
	Error, Regex string
}

// A bad call is made for the entries of a recording's list of refusals.
type bad struct {
	entries []int
	args    func(m maker) []any
}

// kw are arguments by name.
type kw map[string]any

// maker makes tensors for bad calls.
type maker struct{ dev backend.Device }

func (m maker) f(sizes ...int) *T { return tensor.Ones(m.dev, dtype.Float32, sizes...) }

func (m maker) d(sizes ...int) *T { return tensor.Ones(m.dev, dtype.Float64, sizes...) }

func (m maker) i(x int, sizes ...int) *T {
	return tensor.Full(m.dev, dtype.Int64, float64(x), sizes...)
}

// with is a list of arguments; the last may be a kw.
func with(args ...any) []any { return args }

// misuse makes the calls that PyTorch refuses and counts those that we refuse
// too. Each entry must be made, or be excepted.
func (o *Op) misuse(dev backend.Device, refused []refusal) {
	made := map[int]bool{}
	for _, b := range badCalls[o.Name] {
		err := attempt(dev, table[o.Name], b.args(maker{dev}))
		for _, i := range b.entries {
			made[i] = true
			var e *tensor.Error
			switch {
			case i >= len(refused):
				o.Failures = append(o.Failures, fmt.Sprintf("%s: there is no error %d", o.Name, i))
			case errors.As(err, &e):
				o.Errors++
			case err == nil:
				o.Failures = append(o.Failures, fmt.Sprintf("%s: error %d (%s) is not raised", o.Name, i, refused[i].Regex))
			default:
				o.Failures = append(o.Failures, fmt.Sprintf("%s: error %d (%s) is %v", o.Name, i, refused[i].Regex, err))
			}
		}
	}
	for i, r := range refused {
		switch {
		case made[i]:
		case excepted(o.Name, i, r):
			o.Excepted++
		default:
			o.Failures = append(o.Failures, fmt.Sprintf("%s: nothing for error %d (%s)", o.Name, i, r.Regex))
		}
	}
}

func excepted(name string, i int, r refusal) bool {
	for _, k := range notOurs[name].entries {
		if i == k {
			return true
		}
	}
	for _, e := range exceptions {
		if e.regex.MatchString(r.Regex) {
			return true
		}
	}
	return false
}

// attempt makes a call; a panic that is no error of ours is one of another kind.
func attempt(dev backend.Device, f function, args []any) (err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("panic: %v", e)
		}
	}()
	c := &call{dev: dev, float: dtype.Float32, asked: map[any]bool{}, outs: 1, kwargs: map[string]any{}}
	for _, a := range args {
		if k, ok := a.(kw); ok {
			c.kwargs = k
		} else {
			c.args = append(c.args, a)
		}
	}
	return tensor.Try(func() error {
		for _, t := range f(c) {
			t.Float64s() // an index is looked at when the device runs the call
		}
		return nil
	})
}

// exceptions are kinds of misuse that there is no way to commit here.
var exceptions = []struct {
	regex *regexp.Regexp
	why   string
}{
	{regexp.MustCompile(`^$|must be int, not float|invalid combination of arguments|got None|expected total rotation dims`),
		"the arguments have types in Go: the compiler refuses the call"},
	{regexp.MustCompile(`unsupported operation|written-to tensor|[eE]xpected out tensor|expects Long tensor out|dtype for input and out`),
		"there are no tensors to write results to"},
	{regexp.MustCompile(`not a? ?valid|approximate argument`), "options that are words in Python are constants here"},
	{regexp.MustCompile(`up to 64 dims`), "tensors may have more axes than 64"},
	{regexp.MustCompile(`each tensor to be on the same device`), "needs a second device"},
	{regexp.MustCompile(`cannot be converted to type .* without overflow`), "there are no complex numbers"},
}
