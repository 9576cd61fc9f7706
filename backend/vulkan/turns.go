package vulkan

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend"
)

// maxTurns is how many turns the loops of one invocation may take together on
// a software driver: Mesa's ends them all after 65,535, whatever their
// conditions say, and results would be wrong without a word.
const maxTurns = 60000

// onCPU reports whether the device's kernels are those that suit one that runs on the
// CPU.
func (d *device) onCPU() bool { return d.info.Kind == backend.Software && !d.asGPU }

// turns returns an error if an invocation that takes n turns is too long.
func (d *device) turns(n int) error {
	if d.info.Kind == backend.Software && n > maxTurns {
		return fmt.Errorf("%w: %d turns of a kernel's loops, this driver takes %d", backend.ErrUnsupported, n, maxTurns)
	}
	return nil
}
