package nn

import (
	"slices"

	"github.com/hekla-ml/hekla/tensor"
)

// A Drawer is a module that draws random numbers, as dropout does.
type Drawer interface {
	// Generator returns the stream that the numbers come from, or nil.
	Generator() *tensor.Generator
}

// Generator returns the stream that the masks come from.
func (d *Dropout) Generator() *tensor.Generator { return d.gen }

// Generators returns the streams of random numbers that the modules inside m
// draw from, each once, in the order of Modules: a part of the state of training
// that is no tensor. Most models have one, that of their Maker, or none.
func Generators(m any) []*tensor.Generator {
	var all []*tensor.Generator
	for _, x := range Modules(m) {
		if d, ok := x.(Drawer); ok && d.Generator() != nil && !slices.Contains(all, d.Generator()) {
			all = append(all, d.Generator())
		}
	}
	return all
}
