// Package opinfo runs PyTorch's own samples of its operators (its OpInfo
// database) through Hekla's tensors and gradients on any device. Each name has
// a recording: the arguments of its samples, the results in float64, what
// PyTorch gets in float32, and in float64 also the gradients for fixed
// cotangents, directional derivatives and second derivatives.
//
//	report := opinfo.Run(ctx, dev, "../shared/oracle/opinfo", nil)
//	fmt.Println(report)
//
// A sample is passed, failed, or unsupported: there is no function of ours for
// the name, or none for one of the arguments. Argument values that a function
// of the table does not read make a sample unsupported by themselves, so that
// nothing is ignored unseen.
package opinfo

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// A Report is what a run found, one Op for each recording, sorted by name.
type Report struct {
	Ops []*Op
	Err error // the recordings could not be read, or the run was cancelled
}

// An Op says how the samples of one name fared.
type Op struct {
	Name    string
	Aliases []string // other names of the same function

	Samples, Passed, Failed, Unsupported int

	Gradients, Second, Forwards int // samples whose VJP, double backward, JVP were compared
	Errors, Excepted            int // misuses that PyTorch refuses and so do we, or that there is no way to commit

	Failures []string       // what failed, a line each
	Missing  map[string]int // why samples are unsupported
}

// Forward reports whether the name is covered: samples pass and none fails.
func (o *Op) Forward() bool { return o.Passed > 0 && o.Failed == 0 }

// Gradient reports whether it is covered with gradients.
func (o *Op) Gradient() bool { return o.Forward() && o.Gradients > 0 }

// Count returns the number of names for which f holds.
func (r *Report) Count(f func(o *Op) bool) (n int) {
	for _, o := range r.Ops {
		if f(o) {
			n++
		}
	}
	return n
}

func (r *Report) sum(f func(o *Op) int) (n int) {
	for _, o := range r.Ops {
		n += f(o)
	}
	return n
}

// String returns the counts in a line.
func (r *Report) String() string {
	return fmt.Sprintf("opinfo: ops=%d samples=%d passed=%d failed=%d unsupported=%d; names forward=%d gradient=%d complete=%d; compared gradients=%d second=%d jvp=%d; errors raised=%d excepted=%d",
		len(r.Ops), r.sum(func(o *Op) int { return o.Samples }), r.sum(func(o *Op) int { return o.Passed }),
		r.sum(func(o *Op) int { return o.Failed }), r.sum(func(o *Op) int { return o.Unsupported }),
		r.Count((*Op).Forward), r.Count((*Op).Gradient), r.Count(func(o *Op) bool { return o.Passed == o.Samples }),
		r.sum(func(o *Op) int { return o.Gradients }), r.sum(func(o *Op) int { return o.Second }),
		r.sum(func(o *Op) int { return o.Forwards }), r.sum(func(o *Op) int { return o.Errors }), r.sum(func(o *Op) int { return o.Excepted }))
}

// Unsupported lists the names with samples that did not run, and why.
func (r *Report) Unsupported() string {
	var b strings.Builder
	for _, o := range r.Ops {
		if o.Unsupported == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s: %d of %d samples", o.Name, o.Unsupported, o.Samples)
		var why []string
		for s, n := range o.Missing {
			why = append(why, fmt.Sprintf("%s (%d)", s, n))
		}
		slices.Sort(why)
		fmt.Fprintf(&b, ": %s\n", strings.Join(why, ", "))
	}
	return b.String()
}

// recording is a NAME.json.
type recording struct {
	Op, Variant string
	Aliases     []string
	Samples     []sample
	Errors      []refusal
}

// sample is one call as it was made in Python.
type sample struct {
	Input     any
	Args      []any
	Kwargs    map[string]any
	Outs      int
	Grads     []string
	GradOutOf []int `json:"gradout_of"`
}

// Run runs the recordings in dir whose names match filter (all, if it is nil)
// on dev, in float64, where the device has it, and in float32.
func Run(ctx context.Context, dev backend.Device, dir string, filter *regexp.Regexp) *Report {
	return RunIn(ctx, dev, dir, filter, dtype.Float64, dtype.Float32)
}

// RunIn is Run with float32 inputs converted to each of the given types in turn.
func RunIn(ctx context.Context, dev backend.Device, dir string, filter *regexp.Regexp, types ...dtype.DType) *Report {
	r := &Report{}
	files, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("opinfo: no recordings in %s", dir)
	}
	r.Err = err
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".safetensors")
		if filter != nil && !filter.MatchString(name) {
			continue
		}
		if err := ctx.Err(); err != nil {
			r.Err = err
			break
		}
		o, err := runFile(dev, name, file, types)
		if err != nil {
			r.Err = fmt.Errorf("opinfo: %s: %w", name, err)
			break
		}
		r.Ops = append(r.Ops, o)
	}
	return r
}

func runFile(dev backend.Device, name, file string, types []dtype.DType) (*Op, error) {
	data, err := os.ReadFile(strings.TrimSuffix(file, "safetensors") + "json")
	if err != nil {
		return nil, err
	}
	var rec recording
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber() // 2 and 2.0 are not the same
	if err := d.Decode(&rec); err != nil {
		return nil, err
	}
	o := &Op{Name: name, Aliases: rec.Aliases, Samples: len(rec.Samples), Missing: map[string]int{}}
	f := table[name]
	if f == nil {
		o.Unsupported = o.Samples
		o.Missing["no function"] = o.Samples
		return o, nil
	}
	tensors, err := checkpoint.Load(tensor.CPU(), file)
	if err != nil {
		return nil, err
	}
	for i := range rec.Samples {
		t := &trial{dev: dev, types: types, name: name, number: i, sample: &rec.Samples[i], recorded: tensors, f: f, op: o}
		t.run()
	}
	o.misuse(dev, rec.Errors)
	return o, nil
}
