package vulkan

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
)

// Estimates of the nanoseconds that work takes. They need only be right to some
// factor, and are corrected by the times of the batches themselves.
const (
	batchCost  = 20e6  // of a batch, so that the host sees results early
	eagerCost  = 200e3 // of a batch worth its submission when the device has nothing to do
	launchCost = 200e6 // of one grid: watchdogs reset a GPU after 2 s
)

// A pace is how the device's times compare with the estimates.
type pace struct{ factor float64 }

// observe corrects the pace by a batch that was thought to take some time.
func (p *pace) observe(cost, took float64) {
	if cost < 1e5 || took <= 0 { // too short to tell
		return
	}
	f := min(max(p.factor*took/cost, 1.0/64), 64)
	p.factor = math.Sqrt(p.factor * f) // half of the way
}

// cost estimates the time of a launch that does so many operations on operands
// of so many bytes.
func (d *device) cost(invocations, flops, bytes int64) float64 {
	rate, bandwidth := 1e3, 100.0 // per nanosecond, a mid-range GPU of ten years ago
	switch d.info.Kind {
	case backend.IntegratedGPU:
		rate, bandwidth = 200, 20
	case backend.Software:
		rate, bandwidth = 10, 5
	}
	work := float64(max(flops, 8*invocations))
	return d.stream.pace.factor * max(work/rate, float64(bytes)/bandwidth, 1000)
}
