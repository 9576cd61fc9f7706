package cuda

import (
	"errors"
	"sync"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/dtype"
)

// tables are what kernels look numbers up in that the host works out from the
// attributes of a call. They stay on the device: to upload one takes longer than
// the kernel that reads it, and cannot be captured.
type tables struct {
	mu    sync.Mutex
	by    map[any]driver.Pointer
	bytes int
}

// tableBytes is how much is kept. A table beyond that is uploaded by every call.
const tableBytes = 16 << 20

// table returns the address of a table, which write makes if it is not there.
// Call free when the work on it is enqueued.
func (d *device) table(key any, write func() []byte) (address uint64, free func(), err error) {
	t := &d.tables
	t.mu.Lock()
	defer t.mu.Unlock()
	if p, ok := t.by[key]; ok {
		return uint64(p), func() {}, nil
	}
	if d.stream != 0 {
		return 0, nil, unsupported("a captured call whose table is not on the device")
	}
	b := write()
	if t.bytes+len(b) > tableBytes {
		v, free, err := d.temporary(dtype.Uint8, []int{len(b)})
		if err != nil {
			return 0, nil, err
		}
		p := v.Buffer.(*buffer).at
		return uint64(p), free, d.staging.upload(d, p, b)
	}
	p, err := d.api.Alloc(int64(len(b)))
	if err != nil {
		return 0, nil, err
	}
	if err := d.staging.upload(d, p, b); err != nil {
		return 0, nil, errors.Join(err, d.api.Free(p))
	}
	if t.by == nil {
		t.by = map[any]driver.Pointer{}
	}
	t.by[key] = p
	t.bytes += len(b)
	return uint64(p), func() {}, nil
}

// drop gives the driver the memory of all tables back.
func (t *tables) drop(api driver.Driver) (err error) {
	for _, p := range t.by {
		err = errors.Join(err, api.Free(p))
	}
	t.by = nil
	return err
}
