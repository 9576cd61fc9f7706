package vulkan

import (
	"math"

	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
)

const (
	slots        = 4        // batches, one recorded while others run
	maxLaunches  = 256      // in a batch
	maxBindings  = 2048     // of all launches of a batch
	maxStamps    = 1024     // of a batch
	stagingBytes = 1 << 20  // of a batch
	paramWords   = 64 << 10 // of a batch
	maxAccesses  = 64       // remembered before a barrier is put in any case
	eager        = 8        // launches after which to see if the device has nothing to do
)

// A stream is the commands being recorded and the batches under way. Batches
// have numbers: all up to done have ended. With timeline semaphores they are
// also what the device counts.
type stream struct {
	words    []uint64
	accesses []access // since the last barrier
	free     bool     // commands being recorded conflict with none since then
	ended    bool     // and what comes now may conflict with them
	slots    [slots]slot
	current  *slot // being recorded, or nil
	number   uint64
	done     uint64
	launches int
	bindings int
	pace     pace
	clock    clock
}

// A slot holds what a batch needs while it runs.
type slot struct {
	batch   *vkshim.Batch
	number  uint64 // of the batch under way, 0 if none
	cost    float64
	params  vkshim.Memory
	used    int // words of params
	staging vkshim.Memory
	staged  int64
	borrow  []vkshim.Memory // staging buffers, given back when the batch has ended
	garbage []vkshim.Memory // freed then
	ticks   int             // stamps taken
	stamps  []*stamp
	trace   trace
}

// begin makes sure that a batch is being recorded.
func (d *device) begin() error {
	s := &d.stream
	if s.current != nil {
		return nil
	}
	slot := &s.slots[(s.number+1)%slots]
	if slot.number != 0 {
		if err := d.waitFor(slot.number); err != nil {
			return err
		}
	}
	if err := d.furnish(slot); err != nil {
		return err
	}
	s.number++
	slot.number, slot.used, slot.staged, slot.ticks, slot.cost = s.number, 0, 0, 0, 0
	slot.trace.count = 0
	s.current = slot
	s.words = s.words[:0]
	d.tick()
	// What earlier batches wrote is seen from here on.
	s.words = append(s.words, vkshim.OpBarrier)
	s.accesses, s.ended = s.accesses[:0], false
	s.launches, s.bindings = 0, 0
	return nil
}

// furnish makes what a slot needs and has not.
func (d *device) furnish(slot *slot) error {
	if slot.batch == nil {
		stamps := maxStamps
		if d.physical.StampPeriod == 0 {
			stamps = 0
		}
		err := d.retry(func() (err error) {
			slot.batch, err = d.vk.NewBatch(maxLaunches, maxBindings, stamps)
			return err
		})
		if err != nil {
			return err
		}
	}
	if slot.params.Buffer == 0 {
		m, err := d.take(4*paramWords, true)
		if err != nil {
			return err
		}
		slot.params = m
	}
	if slot.staging.Buffer == 0 {
		m, err := d.take(stagingBytes, true)
		if err != nil {
			return err
		}
		slot.staging = m
	}
	return nil
}

// flush sends the batch being recorded off.
func (d *device) flush() error {
	s := &d.stream
	if s.current == nil {
		return nil
	}
	slot := s.current
	s.current = nil
	d.tick()
	s.words = append(s.words, vkshim.OpHostBarrier)
	if err := d.vk.Submit(slot.batch, s.words, slot.ticks, slot.number); err != nil {
		err = d.fail(err)
		slot.number = 0
		return err
	}
	return nil
}

// full reports whether the batch being recorded should go before a launch of
// that cost: it has enough, or the device has nothing to do meanwhile.
func (d *device) full(bindings, params int, cost float64) bool {
	s := &d.stream
	c := s.current
	if c == nil || s.launches == 0 {
		return false
	}
	if s.launches >= maxLaunches || s.bindings+bindings > maxBindings || c.used+params > paramWords || c.cost+cost > batchCost {
		return true
	}
	if s.launches%eager != 0 || c.cost < eagerCost || !d.vk.Timeline() {
		return false
	}
	d.reap()
	return s.done == s.number-1
}

// reap sees which batches have ended, without waiting.
func (d *device) reap() {
	if !d.vk.Timeline() {
		return
	}
	n, err := d.vk.Done()
	if err != nil || n > d.stream.number { // of a lost device the counter is anything
		return
	}
	d.ended(n)
}

// ended notes that the batches up to a number have ended and frees what they
// held.
func (d *device) ended(number uint64) {
	s := &d.stream
	for s.done < number {
		s.done++
		if slot := &s.slots[s.done%slots]; slot.number == s.done {
			d.retire(slot)
		}
	}
}

func (d *device) retire(slot *slot) {
	d.readStamps(slot)
	slot.number = 0
	for _, m := range slot.garbage {
		d.vk.Free(m)
	}
	slot.garbage = slot.garbage[:0]
	for _, m := range slot.borrow {
		d.giveHost(m)
	}
	slot.borrow = slot.borrow[:0]
}

// waitFor waits for the batch of a number and those before it, and keeps the
// lock.
func (d *device) waitFor(number uint64) error {
	s := &d.stream
	if s.current != nil && s.current.number <= number {
		if err := d.flush(); err != nil {
			return err
		}
	}
	for n := s.done + 1; n <= number; n++ {
		slot := &s.slots[n%slots]
		if slot.number != n || d.vk.Timeline() && n < number {
			continue // the timeline passes all numbers on its way
		}
		if err := d.vk.Wait(slot.batch, n, math.MaxUint64); err != nil {
			return d.fail(err)
		}
		d.ended(n)
	}
	return nil
}

// await is waitFor without the lock meanwhile, so that others can enqueue. A
// caller must not rely on what it saw before.
func (d *device) await(number uint64) error {
	s := &d.stream
	if !d.vk.Timeline() {
		return d.waitFor(number) // a fence is reset with the next batch of its slot
	}
	if s.current != nil && s.current.number <= number {
		if err := d.flush(); err != nil {
			return err
		}
	}
	if s.done >= number {
		return nil
	}
	d.waiting++
	vk, batch := d.vk, s.slots[number%slots].batch
	d.mu.Unlock()
	err := vk.Wait(batch, number, math.MaxUint64)
	d.mu.Lock()
	if d.waiting--; d.waiting == 0 {
		d.idle.Broadcast()
	}
	if err != nil {
		return d.fail(err)
	}
	if d.broken == nil {
		d.ended(number)
	}
	return d.broken
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
		for _, m := range append(append(s.garbage, s.borrow...), s.params, s.staging) {
			if m.Buffer != 0 {
				d.vk.Free(m)
			}
		}
		if s.batch != nil {
			d.vk.FreeBatch(s.batch)
		}
		*s = slot{}
	}
	for _, m := range d.host {
		d.vk.Free(m)
	}
}
