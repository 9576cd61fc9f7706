package vulkan

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hekla-ml/hekla/backend"
)

// traced is how many kernels of a batch a report names.
const traced = 4

// A trace remembers the last kernels of a batch.
type trace struct {
	names [traced]string
	count int
}

func (t *trace) add(name string) {
	t.names[t.count%traced] = name
	t.count++
}

func (t *trace) String() string {
	var l []string
	for i := max(0, t.count-traced); i < t.count; i++ {
		l = append(l, t.names[i%traced])
	}
	return strings.Join(l, ", ")
}

// fail remembers an error after which the device is of no use: until it is
// closed and opened again, all calls return it. Of a lost device it names the
// last kernels of each batch that has not ended, for one of them is to blame.
func (d *device) fail(err error) error {
	if d.broken != nil {
		return d.broken
	}
	err = typed(err)
	var at strings.Builder
	s := &d.stream
	for n := s.done + 1; n <= s.number; n++ {
		if slot := &s.slots[n%slots]; slot.number == n && slot.trace.count > 0 {
			fmt.Fprintf(&at, "; batch %d of %d commands ends with %s", n, slot.trace.count, &slot.trace)
		}
	}
	if errors.Is(err, backend.ErrDeviceLost) {
		if story := d.vk.Fault(); story != "" {
			fmt.Fprintf(&at, "; the driver says: %s", story)
		}
	}
	d.broken = fmt.Errorf("vulkan: %s: %w%s", d.info.Name, err, &at)
	return d.broken
}
