package tensor_test

import "runtime/debug"

// pauseGC stops the collector until the function it returns is called.
func pauseGC() func() {
	old := debug.SetGCPercent(-1)
	return func() { debug.SetGCPercent(old) }
}
