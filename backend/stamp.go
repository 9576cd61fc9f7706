package backend

import "time"

// A Stamper is a Device with a clock of its own: the time that work takes on
// the device is the difference of the stamps before and after it, whenever the
// host enqueued it.
type Stamper interface {
	// Stamp enqueues a reading of the clock. It is taken when all that was
	// enqueued before is done.
	Stamp() (Stamp, error)
}

// A Stamp is a reading of a device's clock.
type Stamp interface {
	// Time returns the reading, counted from a moment of the device's choice.
	// It waits until the device got there.
	Time() (time.Duration, error)
}
