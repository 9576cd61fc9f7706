package ptxsim

// space takes the state space of a memory access.
func (c *compiler) space() string {
	s := c.one("global", "shared", "param")
	if s == "" {
		c.fail("%s: want .global, .shared or .param", c.in.text)
	}
	return s
}

// address checks operand i and returns it.
func (c *compiler) address(i int, space string) arg {
	a := c.in.args[i]
	if a.kind != argAddress || a.param != (space == "param") && (space != "param" || a.column < 0) {
		c.fail("%s: operand %d is no address in .%s", c.in.text, i, space)
	}
	if a.column >= 0 {
		if r := c.types[a.column]; r.class == 'f' || r.class == 'p' || r.size != 8 && !(space == "shared" && r.size == 4) {
			c.fail("%s: an address in a register of type %c%d", c.in.text, r.class, 8*r.size)
		}
	}
	return a
}

// operands returns the columns of a value, one or the elements of a vector.
func (c *compiler) operands(a arg, t typ, vector int, write bool) []int {
	list := []arg{a}
	if vector > 1 {
		list = a.list
	}
	if len(list) != vector {
		c.fail("%s: %d registers, want %d", c.in.text, len(list), vector)
	}
	var out []int
	for _, e := range list {
		col := c.columnOf(e, t, typ.extends)
		if _, isReg := c.types[col]; write && !isReg {
			c.fail("%s: cannot write a number", c.in.text)
		}
		if write {
			c.writes = append(c.writes, col)
		}
		out = append(out, col)
	}
	return out
}

func (c *compiler) vector() int {
	switch c.one("v2", "v4") {
	case "v2":
		return 2
	case "v4":
		return 4
	}
	return 1
}

func compileLoad(c *compiler, s *step) {
	c.take("volatile")
	space := c.space()
	if space == "global" {
		c.take("nc")
	}
	vector := c.vector()
	t := c.takeType()
	c.count(2)
	if t.class == 'f' && t.size == 2 {
		c.fail("ld of f16: want b16")
	}
	a := c.address(1, space)
	to := c.operands(c.in.args[0], t, vector, true)
	size := t.size
	extend := func(x uint64) uint64 { return x }
	if t.class == 's' {
		width := c.types[to[0]].size
		shift, mask := 64-8*size, ^uint64(0)>>(64-8*width)
		extend = func(x uint64) uint64 { return uint64(int64(x<<shift)>>shift) & mask }
	}
	if space == "param" {
		end := uint64(c.k.ParamBytes())
		if a.column >= 0 { // the address of a parameter, taken by mov
			s.exec = func(b *block, lanes []int32) {
				for _, i := range lanes {
					at := b.at(a, i)
					if at > end || at+uint64(size*vector) > end {
						b.fail(BadAddress, i, "byte %d of %d bytes of parameters", int64(at), end)
					}
					for k, d := range to {
						b.columns[d][i] = extend(get(b.params[at+uint64(k*size):], size))
					}
				}
			}
			return
		}
		if a.offset < 0 || uint64(a.offset)+uint64(size*vector) > end || int(a.offset)%(size*vector) != 0 {
			c.fail("%s: outside of the parameters, or not aligned", c.in.text)
		}
		s.exec = func(b *block, lanes []int32) {
			for k, d := range to {
				x := extend(get(b.params[int(a.offset)+k*size:], size))
				D := b.columns[d]
				for _, i := range lanes {
					D[i] = x
				}
			}
		}
		return
	}
	if space == "shared" {
		c.touches(size * vector)
		if t.class == 's' {
			s.exec = func(b *block, lanes []int32) {
				for _, i := range lanes {
					mem := b.sharedRead(b.at(a, i), size*vector, i)
					for k, d := range to {
						b.columns[d][i] = extend(get(mem[k*size:], size))
					}
				}
			}
			return
		}
		s.exec = loadShared(to, a, size)
		return
	}
	if vector == 1 && t.class != 's' && size >= 4 {
		s.exec = loadGlobal(to[0], a, size)
		return
	}
	s.exec = func(b *block, lanes []int32) {
		for _, i := range lanes {
			mem := b.global(b.at(a, i), size*vector, i)
			for k, d := range to {
				b.columns[d][i] = extend(get(mem[k*size:], size))
			}
		}
	}
}

func compileStore(c *compiler, s *step) {
	c.take("volatile")
	space := c.space()
	vector := c.vector()
	t := c.takeType()
	c.count(2)
	if space == "param" || t.class == 'f' && t.size == 2 {
		c.fail("%s is not supported", c.in.text)
	}
	a := c.address(0, space)
	from := c.operands(c.in.args[1], t, vector, false)
	size := t.size
	if space == "shared" {
		c.touches(size * vector)
		s.exec = storeShared(from, a, size)
		return
	}
	if vector == 1 && size >= 4 {
		s.exec = storeGlobal(from[0], a, size)
		return
	}
	s.exec = func(b *block, lanes []int32) {
		for _, i := range lanes {
			mem := b.global(b.at(a, i), size*vector, i)
			for k, x := range from {
				put(mem[k*size:], size, b.columns[x][i])
			}
		}
	}
}

// touches notes the size of an access to shared memory.
func (c *compiler) touches(n int) { c.k.touch = min(c.k.touch, n) }
