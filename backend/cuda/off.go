package cuda

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// OffVariable names the environment variable that lists, with commas, what devices that are opened do without: to
// find out which part is to blame for a wrong result or a crash. See docs/cuda.md.
const OffVariable = "HEKLA_CUDA_OFF"

// parts are what the variable may list.
var parts = []string{
	"cublas",   // products by the library
	"cublaslt", // the library's products with a bias
	"tensor",   // tensor cores of our own kernels
	"graphs",   // replay by CUDA graphs
	"lists",    // many elementwise calls in one launch
	"pinned",   // uploads that the host does not wait for
	"cache",    // compiled kernels on the disk
	"async",    // launches that the host does not wait for: then an error names the kernel that met it
}

// off is what a device does without.
type off map[string]bool

func offFromEnv() (off, error) {
	o := off{}
	for name := range strings.SplitSeq(os.Getenv(OffVariable), ",") {
		name = strings.TrimSpace(name)
		switch {
		case name == "":
		case !slices.Contains(parts, name):
			return nil, fmt.Errorf("cuda: %s has %q, want some of: %s", OffVariable, name, strings.Join(parts, ", "))
		default:
			o[name] = true
		}
	}
	return o, nil
}
