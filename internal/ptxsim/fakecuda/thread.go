//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

import "sync/atomic"

// The current context belongs to an operating system thread. A callback cannot
// name the thread it runs on portably, so the last context that was set stands
// for that of all threads: enough for one device at a time.
var currentContext atomic.Uintptr
