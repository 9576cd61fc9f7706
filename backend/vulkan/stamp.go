package vulkan

import (
	"fmt"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
)

// A stamp is a reading of the device's clock in some batch.
type stamp struct {
	dev    *device
	number uint64 // of the batch
	index  int    // among the batch's
	at     time.Duration
	read   bool
}

// Stamp enqueues a reading of the device's clock.
func (d *device) Stamp() (backend.Stamp, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return nil, d.broken
	}
	if d.physical.StampPeriod == 0 {
		return nil, fmt.Errorf("vulkan: %s: stamp: %w: its queue has no clock", d.info.Name, backend.ErrUnsupported)
	}
	if c := d.stream.current; c != nil && c.ticks >= maxStamps-1 { // the last is the batch's end
		if err := d.flush(); err != nil {
			return nil, err
		}
	}
	if err := d.begin(); err != nil {
		return nil, err
	}
	c := d.stream.current
	s := &stamp{dev: d, number: c.number, index: c.ticks}
	c.stamps = append(c.stamps, s)
	d.tick()
	return s, nil
}

// tick enqueues a reading, the next of the batch's.
func (d *device) tick() {
	if d.physical.StampPeriod == 0 {
		return
	}
	c := d.stream.current
	if c == nil { // the end of a batch that is being sent off
		c = &d.stream.slots[d.stream.number%slots]
	}
	d.stream.words = append(d.stream.words, vkshim.OpStamp, uint64(c.ticks))
	c.ticks++
}

// Time returns when the stamp was taken.
func (s *stamp) Time() (time.Duration, error) {
	d := s.dev
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.read {
		return s.at, nil
	}
	if d.broken != nil {
		return 0, d.broken
	}
	if err := d.await(s.number); err != nil {
		return 0, err
	}
	if !s.read {
		return 0, fmt.Errorf("vulkan: %s: the device's clock could not be read", d.info.Name)
	}
	return s.at, nil
}

// A clock makes one long count of readings of a few bits.
type clock struct{ last, high uint64 }

func (c *clock) extend(reading uint64, bits int) uint64 {
	if bits < 64 {
		reading &= 1<<bits - 1
		if reading < c.last && c.last-reading > 1<<(bits-1) { // it began anew
			c.high += 1 << bits
		}
		c.last = reading
	}
	return c.high + reading
}

// readStamps reads the stamps of a batch that has ended: the first is its
// beginning, the last its end.
func (d *device) readStamps(slot *slot) {
	if slot.ticks == 0 {
		return
	}
	var room [64]uint64
	raw := room[:]
	if slot.ticks > len(raw) {
		raw = make([]uint64, slot.ticks)
	}
	raw = raw[:slot.ticks]
	if d.vk.Stamps(slot.batch, raw) == nil {
		for i := range raw {
			raw[i] = d.stream.clock.extend(raw[i], d.physical.StampBits)
		}
		for _, s := range slot.stamps {
			s.at, s.read = time.Duration(float64(raw[s.index])*d.physical.StampPeriod), true
		}
		d.stream.pace.observe(slot.cost, float64(raw[len(raw)-1]-raw[0])*d.physical.StampPeriod)
	}
	slot.stamps = slot.stamps[:0]
}
