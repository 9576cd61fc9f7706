package ptxsim

import "slices"

// Instructions that the threads of a warp, those in a mask, execute together. A
// thread that comes first waits for the others, as on hardware from Volta on; it is
// a fault if they cannot come.

// meeting makes s wait for all threads of the mask in column m.
func (c *compiler) meeting(s *step, m int) {
	if c.in.guard >= 0 {
		c.fail("%s with a predicate is not supported", c.in.text)
	}
	s.control = together
	always, known := c.known(m)
	everyone := known && uint32(always) == 1<<32-1
	s.missing = func(b *block, lanes []int32) (lane int32, mask, missing uint32) {
		masks := b.columns[m]
		if lo, hi, ok := span(lanes); ok && lo%32 == 0 && hi%32 == 0 && (everyone || !slices.ContainsFunc(masks[lo:hi], func(x uint64) bool { return uint32(x) != 1<<32-1 })) {
			return 0, 0, 0
		}
		var here [32]uint32
		for _, i := range lanes {
			here[i/32] |= 1 << (i % 32)
		}
		for _, i := range lanes {
			mask := uint32(masks[i])
			if missing := mask &^ here[i/32]; missing != 0 || mask>>(i%32)&1 == 0 {
				return i, mask, missing | 1<<(i%32)&^mask
			}
		}
		return 0, 0, 0
	}
}

// known returns the value of a column that is the same at all times.
func (c *compiler) known(column int) (x uint64, ok bool) {
	if _, isReg := c.types[column]; isReg {
		return 0, false
	}
	return c.k.value(column), true
}

// compileShuffle compiles shfl.sync.
func compileShuffle(c *compiler, s *step) {
	if !c.take("sync") {
		c.fail("want shfl.sync")
	}
	mode := c.one("up", "down", "bfly", "idx")
	t := c.takeType()
	c.count(5)
	if mode == "" || t != (typ{'b', 4}) {
		c.fail("%s is not supported", c.in.text)
	}
	u32 := typ{'u', 4}
	d, x, y, z := c.result(0, t, typ.holds), c.column(1, t), c.column(2, u32), c.column(3, u32)
	c.meeting(s, c.column(4, u32))
	source := map[string]func(lane, delta, bound, seg int32) (from int32, ok bool){
		"up": func(lane, delta, bound, seg int32) (int32, bool) {
			return lane - delta, lane-delta >= lane&seg|bound&^seg
		},
		"down": func(lane, delta, bound, seg int32) (int32, bool) {
			return lane + delta, lane+delta <= lane&seg|bound&^seg
		},
		"bfly": func(lane, delta, bound, seg int32) (int32, bool) {
			return lane ^ delta, lane^delta <= lane&seg|bound&^seg
		},
		"idx": func(lane, delta, bound, seg int32) (int32, bool) {
			from := lane&seg | delta&^seg
			return from, from <= lane&seg|bound&^seg
		},
	}[mode]
	if delta, ok := c.known(y); ok {
		if how, ok := c.known(z); ok { // as it mostly is
			var from [32]int32
			for lane := range int32(32) {
				other, ok := source(lane, int32(delta&31), int32(how)&31, int32(how)>>8&31)
				if !ok {
					other = lane
				}
				from[lane] = other
			}
			s.exec = func(b *block, lanes []int32) {
				old, D := b.saved(b.columns[x], lanes), b.columns[d]
				for _, i := range lanes {
					D[i] = old[i&^31+from[i&31]]
				}
			}
			return
		}
	}
	s.exec = func(b *block, lanes []int32) {
		old := b.saved(b.columns[x], lanes)
		D, Y, Z := b.columns[d], b.columns[y], b.columns[z]
		for _, i := range lanes {
			lane, c := i%32, int32(Z[i])
			from, ok := source(lane, int32(Y[i]&31), c&31, c>>8&31)
			if !ok {
				from = lane
			}
			D[i] = old[i-lane+from]
		}
	}
}

// saved returns a copy of a column, of which lanes alone are right.
func (b *block) saved(column []uint64, lanes []int32) []uint64 {
	if b.before == nil {
		b.before = make([]uint64, len(b.all))
	}
	if lo, hi, ok := span(lanes); ok {
		copy(b.before[lo:hi], column[lo:hi])
		return b.before
	}
	for _, i := range lanes {
		b.before[i] = column[i]
	}
	return b.before
}

// compileVote compiles vote.sync.ballot.
func compileVote(c *compiler, s *step) {
	if !c.take("sync") || !c.take("ballot") {
		c.fail("want vote.sync.ballot")
	}
	t := c.takeType()
	c.count(3)
	if t != (typ{'b', 4}) {
		c.fail("%s is not supported", c.in.text)
	}
	d, p := c.result(0, t, typ.holds), c.column(1, types["pred"])
	c.meeting(s, c.column(2, typ{'u', 4}))
	s.exec = func(b *block, lanes []int32) {
		var votes [32]uint64
		D, P := b.columns[d], b.columns[p]
		for _, i := range lanes {
			votes[i>>5&31] |= P[i] << (i & 31)
		}
		for _, i := range lanes {
			D[i] = votes[i>>5&31]
		}
	}
}
