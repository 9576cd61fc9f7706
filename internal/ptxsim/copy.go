package ptxsim

// A pending copy goes from global to shared memory some time after it was
// issued. The bytes are moved at once, but stay unreadable, as they are on
// hardware until the thread waited for them and all threads met at a barrier.
type pending struct {
	at, n uint64
	group int // the thread's groups committed before it
}

// compileCopy compiles cp.async.ca and .cg, commit_group, wait_group, wait_all.
func compileCopy(c *compiler, s *step) {
	if !c.take("async") {
		c.fail("want cp.async")
	}
	switch mode := c.one("ca", "cg", "commit_group", "wait_group", "wait_all"); mode {
	case "commit_group":
		c.count(0)
		s.exec = func(b *block, lanes []int32) {
			for _, i := range lanes {
				b.groups(i).committed++
			}
		}
	case "wait_group":
		c.count(1)
		n := c.column(0, typ{'u', 4})
		s.exec = func(b *block, lanes []int32) {
			for _, i := range lanes {
				b.wait(i, int(b.columns[n][i]))
			}
		}
	case "wait_all":
		c.count(0)
		s.exec = func(b *block, lanes []int32) {
			for _, i := range lanes {
				b.groups(i).committed++
				b.wait(i, 0)
			}
		}
	case "ca", "cg":
		c.copyAsync(s, mode)
	default:
		c.fail("%s is not supported", c.in.text)
	}
}

func (c *compiler) copyAsync(s *step, mode string) {
	if !c.take("shared") || !c.take("global") {
		c.fail("%s: want .shared.global", c.in.text)
	}
	if len(c.in.args) != 3 && len(c.in.args) != 4 {
		c.fail("%s with %d operands", c.in.text, len(c.in.args))
	}
	to, from := c.address(0, "shared"), c.address(1, "global")
	u32 := typ{'u', 4}
	size := c.column(2, u32)
	given := size
	c.touches(4)             // or more, which the register tells
	if len(c.in.args) == 4 { // fewer bytes than size are read, the others are zero
		given = c.column(3, u32)
	}
	s.exec = func(b *block, lanes []int32) {
		for _, i := range lanes {
			n, have := int(b.columns[size][i]), int(b.columns[given][i])
			if n != 16 && (mode == "cg" || n != 4 && n != 8) || have > n {
				b.fail(BadAddress, i, "a copy of %d bytes, %d of them given", n, have)
			}
			at := b.at(to, i)
			mem := b.sharedWrite(at, n, i)[:n]
			clear(mem)
			src := b.at(from, i)
			if src%uint64(n) != 0 {
				b.fail(Misaligned, i, "%#x for %d bytes", src, n)
			}
			if have == n {
				copy(mem, b.global(src, n, i))
			} else {
				for k := range have { // byte by byte: what is not read need not be there
					mem[k] = b.global(src+uint64(k), 1, i)[0]
				}
			}
			b.races.arrive(int(at), n)
			g := b.groups(i)
			g.copies = append(g.copies, pending{at, uint64(n), g.committed})
		}
	}
}

// copies are what a thread has under way.
type copies struct {
	committed int
	copies    []pending
}

func (b *block) groups(thread int32) *copies {
	if b.async == nil {
		b.async = make([]copies, len(b.all))
	}
	return &b.async[thread]
}

// wait completes all groups of a thread but the last n.
func (b *block) wait(thread int32, n int) {
	g := b.groups(thread)
	keep := g.copies[:0]
	for _, p := range g.copies {
		if p.group < g.committed-n {
			b.races.land(int(p.at), int(p.n), thread)
		} else {
			keep = append(keep, p)
		}
	}
	g.copies = keep
}
