// Package layers checks who imports whom: the plan of the house in
// ARCHITECTURE.md as a table, and the test that holds the code to it.
package layers

// A Room is a package, or with a path that ends in "/..." it and all below it.
// Packages in internal folders of a room belong to it.
type Room struct {
	Path string
	// May lists the rooms it may import. nil: all that stand above it in the
	// table, but no drivers.
	May []string
	// Driver marks a room that only those that list it in May may import: a
	// library must work with whatever device it is given.
	Driver bool
	// Free marks programs, which may import any room.
	Free bool
	// Foreign lists modules and packages from elsewhere, prefixes of import
	// paths, that it may import; "C" is cgo. Tests has more for its tests.
	Foreign, Tests []string
}

// Table is the plan, from the ground up. A new package needs a row here, in the
// place where it may import just what it should.
var Table = []Room{
	{Path: "dtype", May: []string{}},
	{Path: "shape", May: []string{}},
	{Path: "pointwise", May: []string{"dtype"}},
	{Path: "op", May: []string{"dtype", "shape", "pointwise"}},
	{Path: "backend", May: []string{"dtype", "shape", "pointwise", "op"}},
	{Path: "profile", May: []string{"op", "backend"}},
	{Path: "shaders", May: []string{}},

	{Path: "backend/cpu/...", Driver: true,
		May:     []string{"dtype", "shape", "pointwise", "op", "backend"},
		Foreign: []string{"golang.org/x/sys/cpu"}, Tests: []string{"gonum.org/v1/gonum"}},
	{Path: "backend/vulkan/...", Driver: true,
		May:     []string{"dtype", "shape", "pointwise", "op", "backend", "shaders"},
		Foreign: []string{"C", "golang.org/x/sys", "github.com/vulkan-go/vulkan"}},
	{Path: "backend/cuda/...", Driver: true,
		May:     []string{"dtype", "shape", "pointwise", "op", "backend"},
		Foreign: []string{"golang.org/x/sys", "github.com/ebitengine/purego"}},
	{Path: "backend/all", Driver: true,
		May: []string{"backend/cpu", "backend/vulkan", "backend/cuda"}},

	// The host is always there, so tensor has the CPU's driver.
	{Path: "tensor", May: []string{"dtype", "shape", "pointwise", "op", "backend", "backend/cpu"}},
	{Path: "autograd"},
	{Path: "linalg", Foreign: []string{"gonum.org/v1/gonum"}},
	{Path: "graph"},
	{Path: "graph/onnx"},
	{Path: "internal/pickle", May: []string{}},
	{Path: "nn"},
	{Path: "nn/functional"},
	{Path: "optim"},
	{Path: "optim/lr"},
	{Path: "amp"},
	{Path: "data"},
	{Path: "checkpoint"},
	{Path: "metrics"},
	{Path: "train", Foreign: []string{"github.com/schollz/progressbar/v3", "golang.org/x/term"}},
	{Path: "train/tensorboard", May: []string{}},
	{Path: "distributed"},
	{Path: "vision", Foreign: []string{"golang.org/x/image"}},
	{Path: "vision/models"},
	{Path: "text"},
	{Path: "audio"},
	{Path: "serve"},
	{Path: "conformance"},
	{Path: "conformance/opinfo"},

	// A driver library made of callbacks, for the tests of backend/cuda.
	{Path: "internal/ptxsim/...", Foreign: []string{"github.com/ebitengine/purego"}},
	{Path: "internal/..."},
	{Path: "cmd/bench", Free: true, Foreign: []string{
		"github.com/schollz/progressbar/v3", "github.com/google/shlex", "golang.org/x/term", "golang.org/x/perf/benchmath", "golang.org/x/sys/cpu"}},
	{Path: "cmd/...", Free: true},
	{Path: "examples/...", Free: true},
}
