package profile

import (
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

const module = "github.com/hekla-ml/hekla/"

// depth of stacks that are looked at.
const depth = 40

// sites turns stacks into the names of places, each only once.
type sites struct{ known sync.Map } // [depth]uintptr to string

// caller names the place in the program that a call comes from: the layer or
// optimizer, if there is one, and the line outside of the library.
func (s *sites) caller() string {
	var pcs [depth]uintptr
	n := runtime.Callers(3, pcs[:]) // from who called Run
	if name, ok := s.known.Load(pcs); ok {
		return name.(string)
	}
	name := describe(runtime.CallersFrames(pcs[:n]))
	s.known.Store(pcs, name)
	return name
}

func describe(frames *runtime.Frames) string {
	layer := ""
	for {
		f, more := frames.Next()
		pkg, inside := strings.CutPrefix(f.Function, module)
		pkg, _, _ = strings.Cut(pkg, ".")
		switch {
		case !inside || strings.HasPrefix(pkg, "cmd/") || strings.HasPrefix(pkg, "examples/") || strings.HasSuffix(f.File, "_test.go"):
			if f.File == "" {
				return layer
			}
			return strings.TrimPrefix(layer+" < "+place(f), " < ")
		case layer == "" && (pkg == "nn" || strings.HasPrefix(pkg, "nn/") || pkg == "optim" || strings.HasPrefix(pkg, "vision/")):
			layer = function(f) + " " + place(f)
		case layer == "" && pkg == "autograd":
			layer = function(f)
		}
		if !more {
			return layer
		}
	}
}

// place is file:line, short.
func place(f runtime.Frame) string { return filepath.Base(f.File) + ":" + strconv.Itoa(f.Line) }

// function is the name of a method without its package's path and pointers:
// nn.Linear.Forward.
func function(f runtime.Frame) string {
	name := f.Function[strings.LastIndex(f.Function, "/")+1:]
	return strings.NewReplacer("(*", "", ")", "", "[...]", "").Replace(name)
}
