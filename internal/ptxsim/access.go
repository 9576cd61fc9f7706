package ptxsim

import "encoding/binary"

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
	fetch := (*block).global
	if space == "shared" {
		fetch = (*block).sharedRead
	}
	if vector == 1 && t.class != 's' && a.column >= 0 {
		s.exec = loadOne(fetch, to[0], a, size)
		return
	}
	s.exec = func(b *block, lanes []int32) {
		for _, i := range lanes {
			mem := fetch(b, b.at(a, i), size*vector, i)
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
	fetch := (*block).global
	if space == "shared" {
		fetch = (*block).sharedWrite
	}
	size := t.size
	if vector == 1 && a.column >= 0 {
		s.exec = storeOne(fetch, from[0], a, size)
		return
	}
	s.exec = func(b *block, lanes []int32) {
		for _, i := range lanes {
			mem := fetch(b, b.at(a, i), size*vector, i)
			for k, x := range from {
				put(mem[k*size:], size, b.columns[x][i])
			}
		}
	}
}

// loadOne is the commonest of loads: of one register each, zeros before it.
func loadOne(fetch func(*block, uint64, int, int32) []byte, d int, a arg, size int) func(*block, []int32) {
	return func(b *block, lanes []int32) {
		D, A, off := b.columns[d], b.columns[a.column], uint64(a.offset)
		switch size {
		case 4:
			for _, i := range lanes {
				D[i] = uint64(binary.LittleEndian.Uint32(fetch(b, A[i]+off, 4, i)))
			}
		case 8:
			for _, i := range lanes {
				D[i] = binary.LittleEndian.Uint64(fetch(b, A[i]+off, 8, i))
			}
		default:
			for _, i := range lanes {
				D[i] = get(fetch(b, A[i]+off, size, i), size)
			}
		}
	}
}

func storeOne(fetch func(*block, uint64, int, int32) []byte, x int, a arg, size int) func(*block, []int32) {
	return func(b *block, lanes []int32) {
		X, A, off := b.columns[x], b.columns[a.column], uint64(a.offset)
		switch size {
		case 4:
			for _, i := range lanes {
				binary.LittleEndian.PutUint32(fetch(b, A[i]+off, 4, i), uint32(X[i]))
			}
		case 8:
			for _, i := range lanes {
				binary.LittleEndian.PutUint64(fetch(b, A[i]+off, 8, i), X[i])
			}
		default:
			for _, i := range lanes {
				put(fetch(b, A[i]+off, size, i), size, X[i])
			}
		}
	}
}

// at returns the address that a holds for thread i.
func (b *block) at(a arg, i int32) uint64 {
	if a.column < 0 {
		return uint64(a.offset)
	}
	return b.columns[a.column][i] + uint64(a.offset)
}

// global returns n bytes of global memory.
func (b *block) global(addr uint64, n int, lane int32) []byte {
	if addr&uint64(n-1) != 0 { // sizes are powers of two
		b.fail(Misaligned, lane, "%#x for %d bytes", addr, n)
	}
	if off := addr - b.near.base; off < uint64(len(b.near.data)) && off+uint64(n) <= uint64(len(b.near.data)) {
		return b.near.data[off:]
	}
	b.mem.mu.Lock()
	defer b.mem.mu.Unlock()
	a := b.mem.find(addr)
	if a == nil || addr-a.base+uint64(n) > uint64(a.size) {
		b.fail(BadAddress, lane, "%#x (%d bytes): %s", addr, n, b.mem.describe(addr))
	}
	b.near = *a
	return a.data[addr-a.base:]
}

func (b *block) sharedRead(addr uint64, n int, lane int32) []byte {
	b.checkShared(addr, n, lane)
	if b.races.inFlight(int(addr), n) {
		b.fail(Race, lane, "byte %#x is the target of a copy that nobody waited for", addr)
	}
	if other, race := b.races.read(int(addr), n, lane); race {
		b.fail(Race, lane, "byte %#x was written by thread %d since the last barrier", addr, other)
	}
	return b.shared[addr:]
}

func (b *block) sharedWrite(addr uint64, n int, lane int32) []byte {
	return b.sharedTouch(addr, n, lane, false)
}

func (b *block) sharedTouch(addr uint64, n int, lane int32, atomic bool) []byte {
	b.checkShared(addr, n, lane)
	if b.races.inFlight(int(addr), n) {
		b.fail(Race, lane, "byte %#x is the target of a copy that nobody waited for", addr)
	}
	if other, race := b.races.write(int(addr), n, lane, atomic); race {
		b.fail(Race, lane, "byte %#x was used by thread %d since the last barrier", addr, other)
	}
	return b.shared[addr:]
}

func (b *block) checkShared(addr uint64, n int, lane int32) {
	if addr > uint64(len(b.shared)) || addr+uint64(n) > uint64(len(b.shared)) {
		b.fail(BadAddress, lane, "%#x (%d bytes) of %d bytes of shared memory", addr, n, len(b.shared))
	}
	if addr&uint64(n-1) != 0 {
		b.fail(Misaligned, lane, "%#x for %d bytes of shared memory", addr, n)
	}
}

func get(mem []byte, size int) uint64 {
	switch size {
	case 1:
		return uint64(mem[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(mem))
	case 4:
		return uint64(binary.LittleEndian.Uint32(mem))
	}
	return binary.LittleEndian.Uint64(mem)
}

func put(mem []byte, size int, x uint64) {
	switch size {
	case 1:
		mem[0] = byte(x)
	case 2:
		binary.LittleEndian.PutUint16(mem, uint16(x))
	case 4:
		binary.LittleEndian.PutUint32(mem, uint32(x))
	default:
		binary.LittleEndian.PutUint64(mem, x)
	}
}
