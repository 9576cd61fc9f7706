package driver

import (
	"fmt"
	"os"
	"strings"
)

// Symbols finds the entry points of a driver library.
type Symbols interface {
	// Symbol returns the address of a C function.
	Symbol(name string) (uintptr, error)
}

// PathVariable names the environment variable that says where the library is,
// before the usual places.
const PathVariable = "HEKLA_LIBCUDA"

// Load opens the driver library. The error of a machine without one says what
// was looked for.
func Load() (Symbols, error) { return Find("NVIDIA driver", PathVariable, libraryNames) }

// Find opens the first library of names, or that which an environment variable
// names instead. what says in errors what is looked for.
func Find(what, variable string, names []string) (Symbols, error) {
	if p := os.Getenv(variable); p != "" {
		names = []string{p}
	}
	if len(names) == 0 || errPlatform != nil {
		return nil, fmt.Errorf("cuda: %w", errPlatform)
	}
	var why []string
	for _, name := range names {
		s, err := open(name)
		if err == nil {
			return s, nil
		}
		why = append(why, fmt.Sprintf("%s: %v", name, err))
	}
	return nil, fmt.Errorf("cuda: no %s: %s (set %s to its path if it is elsewhere)", what, strings.Join(why, "; "), variable)
}

// Preload opens a library that another one needs, if it is there.
func Preload(path string) { _, _ = open(path) }

// library is an open library.
type library struct {
	handle uintptr
	name   string
}

// Name returns what the library was opened by.
func (l library) Name() string { return l.name }

// Call calls a function of a library that takes words and returns an int. What
// words point to must be on the heap.
func Call(fn uintptr, args []uintptr) uint32 { return uint32(call(fn, args)) }
