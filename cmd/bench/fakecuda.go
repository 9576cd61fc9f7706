//go:build fakecuda

package main

import (
	"os"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
)

// With the build tag fakecuda there is a GPU that is interpreted, so that what is for machines with one can be tried
// without. FAKECUDA=idle makes it do nothing instead.
func init() {
	m := fakecuda.Install(&fakecuda.Machine{Major: 9, Memory: 64 << 30, Idle: os.Getenv("FAKECUDA") == "idle"})
	driver.Use(func() (driver.Driver, error) { return driver.New(m) })
}
