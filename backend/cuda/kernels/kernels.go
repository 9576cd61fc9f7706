// Package kernels holds the kernels that are written in CUDA C, compiled to PTX
// by generate.sh. Most run on every GPU that the backend takes; those named mma use
// tensor cores, from compute capability 8.0.
package kernels

import (
	"embed"
	"fmt"
)

//go:generate ./generate.sh .

//go:embed zz_*.ptx
var files embed.FS

// A Module names PTX with some kernels: its source and, of those that are
// compiled for several, the element type.
type Module string

// Text returns the PTX.
func (m Module) Text() (string, error) {
	b, err := files.ReadFile("zz_" + string(m) + ".ptx")
	if err != nil {
		return "", fmt.Errorf("kernels: no module %q", string(m))
	}
	return string(b), nil
}
