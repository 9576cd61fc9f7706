package data_test

import (
	"math/rand/v2"
	"testing"

	"github.com/hekla-ml/hekla/data"
)

// An epoch of less than no samples is a mistake, not an empty epoch.
func TestSamplersRefuseNegative(t *testing.T) {
	for _, s := range []data.Sampler{data.Replacement{N: -1}, data.Weighted{N: -1, Weights: []float64{1, 1}}} {
		if order, err := s.Order(2, rand.New(rand.NewPCG(1, 1))); err == nil {
			t.Errorf("%+v: order %v, want an error", s, order)
		}
	}
}
