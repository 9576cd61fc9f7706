package driver

import "fmt"

// A Result is a CUresult.
type Result uint32

// The results that callers tell apart.
const (
	Success        Result = 0
	OutOfMemory    Result = 2
	NotInitialized Result = 3
	Stub           Result = 34
	NoDevice       Result = 100
	InvalidImage   Result = 200
	NoBinary       Result = 209
	InvalidPTX     Result = 218
	JITTooOld      Result = 222
	JITUnsupported Result = 223
	IllegalAddress Result = 700
	notSupported   Result = 801

	accessEnabled Result = 704
)

var resultNames = map[Result]string{
	1: "invalid value", 2: "out of memory", 3: "not initialized", 4: "driver is shutting down",
	34: "this is the toolkit's stub, not a driver", 100: "no device", 101: "invalid device", 201: "invalid context",
	200: "invalid image", 209: "no binary for this GPU", 217: "no access to the peer", 218: "invalid PTX", 221: "no JIT compiler", 222: "PTX is newer than the driver", 223: "compiling PTX is off (CUDA_DISABLE_PTX_JIT)",
	301: "file not found", 304: "operating system error", 400: "invalid handle", 401: "illegal state", 500: "not found", 600: "not ready",
	700: "illegal address", 701: "launch needs too many resources", 702: "launch timed out", 704: "access to the peer is enabled already", 709: "context is destroyed",
	711: "too many peers", 710: "assertion failed", 714: "hardware stack error", 715: "illegal instruction", 716: "misaligned address", 717: "invalid address space",
	718: "invalid program counter", 719: "launch failed", 800: "not permitted", 801: "not supported", 802: "system not ready",
	900: "not permitted while a stream captures", 901: "the capture is invalid", 902: "two captures would be one", 903: "the capture began in another stream",
	904: "the capture has work that nothing waits for", 905: "the capture would wait for work outside of it", 906: "the default stream would wait for a capture",
	907: "the event is of a capture", 908: "the capture began on another thread",
	803: "driver and kernel module do not match", 804: "GPU does not support forward compatibility", 999: "unknown error",
}

func (r Result) String() string {
	if s := resultNames[r]; s != "" {
		return s
	}
	return fmt.Sprintf("error %d", uint32(r))
}

// Sticky reports whether the context is lost: every later call fails alike.
func (r Result) Sticky() bool {
	return r == 214 || r == 220 || r == 700 || r == 702 || r == 709 || r == 710 || r >= 714 && r <= 719
}

// An Error is a call that failed.
type Error struct {
	Call   string
	Result Result
	Log    string // of the PTX compiler
}

func (e *Error) Error() string {
	s := fmt.Sprintf("cuda: %s: %v (%d)", e.Call, e.Result, uint32(e.Result))
	if e.Log != "" {
		s += ": " + e.Log
	}
	return s
}
