package ptxsim

// compileAtom compiles atom and red: threads act in the order of their numbers.
func compileAtom(c *compiler, s *step) {
	space := c.space()
	op := c.one("add", "min", "max", "and", "or", "xor", "exch", "cas")
	t := c.takeType()
	red := c.in.op == "red"
	n := 3
	if red {
		n--
	}
	if op == "cas" {
		n++
	}
	c.count(n)
	at := n - 2
	if op == "cas" {
		at--
	}
	a := c.address(at, space)
	d := -1
	if !red {
		d = c.result(0, t, typ.holds)
	}
	x, y := c.column(at+1, t), -1
	if op == "cas" {
		y = c.column(at+2, t)
	}
	f := c.atomicOp(op, t)
	if f == nil && op != "cas" || space == "param" || red && (op == "exch" || op == "cas") {
		c.fail("%s is not supported", c.in.text)
	}
	size := t.size
	if space == "shared" {
		c.touches(size)
	}
	s.exec = func(b *block, lanes []int32) {
		for _, i := range lanes {
			var mem []byte
			if addr := b.at(a, i); space == "shared" {
				mem = b.sharedTouch(addr, size, i, true)
			} else {
				mem = b.global(addr, size, i)
			}
			old := get(mem, size)
			if y >= 0 {
				if old == b.columns[x][i] {
					put(mem, size, b.columns[y][i])
				}
			} else {
				put(mem, size, f(old, b.columns[x][i]))
			}
			if d >= 0 {
				b.columns[d][i] = old
			}
		}
	}
}

func (c *compiler) atomicOp(op string, t typ) func(x, y uint64) uint64 {
	if t.size != 4 && t.size != 8 {
		return nil
	}
	switch {
	case op == "exch" && t.class == 'b':
		return func(_, y uint64) uint64 { return y }
	case oneOf(op, "and", "or", "xor") && t.class == 'b':
		return logic(op)
	case op == "add" && t == typ{'f', 4}: // atom.add.f32 flushes denormals on some hardware; it does not here
		return func(x, y uint64) uint64 { return w32(f32(x) + f32(y)) }
	case oneOf(op, "add", "min", "max") && (t.class == 's' || t.class == 'u'):
		if t.size == 4 {
			return int32Op(op, "", t.class == 's')
		}
		return int64Op(op, "", t.class == 's')
	}
	return nil
}
