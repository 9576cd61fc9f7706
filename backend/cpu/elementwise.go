package cpu

import "github.com/hekla-ml/hekla/backend"

type fnCache struct{}

// elementwise computes a call that applies a function to each element.
func (d *device) elementwise(c *backend.Call) error { return scalarMap(c) }

// reduce computes a call that folds a function of its inputs over axes.
func (d *device) reduce(c *backend.Call) error { return scalarReduce(c) }
