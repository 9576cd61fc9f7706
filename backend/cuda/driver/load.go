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
func Load() (Symbols, error) {
	names := libraryNames
	if p := os.Getenv(PathVariable); p != "" {
		names = []string{p}
	}
	if len(names) == 0 {
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
	return nil, fmt.Errorf("cuda: no NVIDIA driver: %s (set %s to its path if it is elsewhere)", strings.Join(why, "; "), PathVariable)
}

// library is an open library.
type library uintptr
