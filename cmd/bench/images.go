package main

import (
	"fmt"

	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/vision"
)

// testImages is how many drawn digits a model is tested on.
const testImages = 2000

// images returns the training and test sets: MNIST from a folder, or digits
// drawn from fonts, the test ones with another seed.
func (c trainConfig) images() (train, test data.Dataset[data.Sample], name string, err error) {
	if c.data == "" {
		return vision.Digits(c.samples, 1), vision.Digits(c.tests, 2), fmt.Sprintf("digits-%d", c.samples), nil
	}
	a, err := vision.MNIST(c.data, true)
	if err != nil {
		return nil, nil, "", err
	}
	b, err := vision.MNIST(c.data, false)
	if err != nil {
		return nil, nil, "", err
	}
	return a, b, "mnist", nil
}
