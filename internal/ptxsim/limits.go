package ptxsim

import (
	"math"
	"strconv"
	"strings"
)

// What every GPU allows.
const (
	maxThreads   = 1024     // of a block
	maxParams    = 4 << 10  // bytes of parameters
	StaticShared = 48 << 10 // bytes of shared memory, without leave for more
)

// Fits reports whether a launch is within the limits of hardware and of the kernel.
func (k *Kernel) Fits(grid, block [3]uint32) bool {
	if grid[0]-1 >= math.MaxInt32 || grid[1]-1 >= 65535 || grid[2]-1 >= 65535 || // of 0 this is the largest number
		block[0]-1 >= 1024 || block[1]-1 >= 1024 || block[2]-1 >= 64 {
		return false
	}
	n := int(block[0]) * int(block[1]) * int(block[2])
	return n <= maxThreads && (k.MaxThreads == 0 || n <= k.MaxThreads) && (k.Block == [3]uint32{} || k.Block == block)
}

// bounds reads the directives between a kernel's parameters and its body.
func (p *parser) bounds(s string) {
	least := false
	for d := range strings.SplitSeq(s, " .") {
		name, numbers, _ := strings.Cut(strings.TrimSpace(d), " ")
		if name == "" {
			continue
		}
		dims := [3]uint32{1, 1, 1}
		n := 1
		for i, text := range strings.Split(numbers, ",") {
			x, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
			if err != nil || x == 0 {
				p.fail("malformed .%s", name)
			}
			dims[i] = uint32(x)
			n *= int(min(x, 1<<20))
		}
		switch {
		case name == "minnctapersm":
			least = true
			continue
		case p.k.MaxThreads > 0:
			p.fail(".%s after another bound", name)
		case n > maxThreads:
			p.fail(".%s of %d threads", name, n)
		case name == "reqntid":
			p.k.Block = dims
		}
		p.k.MaxThreads = n
	}
	if least && p.k.MaxThreads == 0 {
		p.fail(".minnctapersm without .maxntid or .reqntid")
	}
}
