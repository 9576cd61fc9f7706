package vulkan

import (
	"math"

	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
)

const (
	slots        = 3         // batches, one recorded while others run
	maxLaunches  = 256       // in a batch
	maxBindings  = 2048      // of all launches of a batch
	maxWork      = 1 << 28   // invocations in a batch, so that no watchdog bites
	stagingBytes = 1 << 20   // of a batch
	paramWords   = 64 << 10  // of a batch
	maxAccesses  = 64        // remembered before a barrier is put in any case
	maxStaging   = 128 << 20 // bytes of one staging buffer
)

// A stream is the commands being recorded and the batches under way. Batches
// have numbers: all up to done have ended.
type stream struct {
	words    []uint64
	accesses []access // since the last barrier
	slots    [slots]slot
	current  *slot // being recorded, or nil
	number   uint64
	done     uint64
	launches int
	bindings int
	work     int64
	last     string // the last kernel recorded
}

// A slot holds what a batch needs while it runs.
type slot struct {
	batch   *vkshim.Batch
	number  uint64 // of the batch under way, 0 if none
	params  vkshim.Memory
	used    int // words of params
	staging vkshim.Memory
	staged  int64
	garbage []vkshim.Memory // freed when the batch has ended
}

// An access is a range of bytes of a driver's buffer that a command touches.
type access struct {
	buffer uint64
	lo, hi int64
	write  bool
}

// begin makes sure that a batch is being recorded.
func (d *device) begin() error {
	s := &d.stream
	if s.current != nil {
		return nil
	}
	slot := &s.slots[(s.number+1)%slots]
	if slot.number != 0 {
		if err := d.wait(slot); err != nil {
			return err
		}
	}
	var err error
	if slot.batch == nil {
		if slot.batch, err = d.vk.NewBatch(maxLaunches, maxBindings); err != nil {
			return typed(err)
		}
	}
	if err := d.hostMemory(&slot.params, 4*paramWords); err != nil {
		return err
	}
	if err := d.hostMemory(&slot.staging, stagingBytes); err != nil {
		return err
	}
	s.number++
	slot.number, slot.used, slot.staged = s.number, 0, 0
	s.current = slot
	// What earlier batches wrote is seen from here on.
	s.words = append(s.words[:0], vkshim.OpBarrier)
	s.accesses = s.accesses[:0]
	s.launches, s.bindings, s.work = 0, 0, 0
	return nil
}

// hostMemory allocates m if it is not yet.
func (d *device) hostMemory(m *vkshim.Memory, bytes int64) (err error) {
	if m.Buffer == 0 {
		*m, err = d.vk.Alloc(bytes, true)
	}
	return typed(err)
}

// order puts a barrier before a command that conflicts with earlier ones.
func (d *device) order(list ...access) {
	s := &d.stream
	if len(s.accesses) > maxAccesses || conflict(s.accesses, list) {
		s.words = append(s.words, vkshim.OpBarrier)
		s.accesses = s.accesses[:0]
	}
	s.accesses = append(s.accesses, list...)
}

func conflict(earlier, later []access) bool {
	for _, a := range earlier {
		for _, b := range later {
			if a.buffer == b.buffer && (a.write || b.write) && a.lo < b.hi && b.lo < a.hi {
				return true
			}
		}
	}
	return false
}

// flush sends the batch being recorded off.
func (d *device) flush() error {
	s := &d.stream
	if s.current == nil {
		return nil
	}
	slot := s.current
	s.current = nil
	s.words = append(s.words, vkshim.OpHostBarrier)
	if err := d.vk.Submit(slot.batch, s.words); err != nil {
		slot.number = 0
		return d.fail(err)
	}
	return nil
}

// wait waits for a slot's batch and frees what it held.
func (d *device) wait(slot *slot) error {
	if err := d.vk.Wait(slot.batch, math.MaxUint64); err != nil {
		return d.fail(err)
	}
	d.stream.done = max(d.stream.done, slot.number)
	slot.number = 0
	for _, m := range slot.garbage {
		d.vk.Free(m)
	}
	slot.garbage = slot.garbage[:0]
	return nil
}

// waitFor waits for the batch of a number and those before it.
func (d *device) waitFor(number uint64) error {
	s := &d.stream
	if s.current != nil && s.current.number <= number {
		if err := d.flush(); err != nil {
			return err
		}
	}
	for n := s.done + 1; n <= number; n++ {
		if slot := &s.slots[n%slots]; slot.number == n {
			if err := d.wait(slot); err != nil {
				return err
			}
		}
	}
	return nil
}

// finish waits for everything.
func (d *device) finish() error { return d.waitFor(d.stream.number) }

// release frees memory once batch number has ended.
func (d *device) release(m vkshim.Memory, number uint64) {
	if number > d.stream.done {
		if slot := &d.stream.slots[number%slots]; slot.number == number {
			slot.garbage = append(slot.garbage, m)
			return
		}
	}
	d.vk.Free(m)
}

func (d *device) freeStream() {
	for i := range d.stream.slots {
		s := &d.stream.slots[i]
		if s.batch == nil {
			continue
		}
		for _, m := range s.garbage {
			d.vk.Free(m)
		}
		if s.params.Buffer != 0 {
			d.vk.Free(s.params)
		}
		if s.staging.Buffer != 0 {
			d.vk.Free(s.staging)
		}
		d.vk.FreeBatch(s.batch)
	}
}
