package ptxsim

// bfe, prmt, shf: fields and bytes of words.

// compileExtract compiles bfe: len bits from bit pos, with the sign extended for
// signed types.
func compileExtract(c *compiler, s *step) {
	t := c.takeType()
	c.count(4)
	if t.class != 'u' && t.class != 's' || t.size < 4 {
		c.fail("%s is not supported", c.in.text)
	}
	u32, width := typ{'u', 4}, uint64(8*t.size)
	mask := ^uint64(0) >> (64 - width)
	s.exec = apply3(c.result(0, t, typ.holds), c.column(1, t), c.column(2, u32), c.column(3, u32), func(x, pos, n uint64) uint64 {
		pos, n = pos&0xff, n&0xff
		top := min(pos+n-1, width-1) // the bit that stands for the sign
		sign := uint64(0)
		if t.class == 's' && n > 0 {
			sign = x >> top & 1
		}
		field := uint64(0)
		if pos < width {
			field = x & mask >> pos
		}
		if n < width {
			keep := min(n, max(width, pos)-pos)
			field &= 1<<keep - 1
			if sign != 0 {
				field |= ^uint64(0) << keep
			}
		} else if sign != 0 && pos > 0 {
			field |= ^uint64(0) << (width - min(pos, width))
		}
		return field & mask
	})
}

// compilePermute compiles prmt.b32 in its default mode: each nibble of the
// selector picks a byte of both operands, or with its top bit that byte's sign.
func compilePermute(c *compiler, s *step) {
	t := c.takeType()
	c.count(4)
	if t != (typ{'b', 4}) {
		c.fail("%s is not supported", c.in.text)
	}
	s.exec = apply3(c.result(0, t, typ.holds), c.column(1, t), c.column(2, t), c.column(3, t), func(x, y, sel uint64) uint64 {
		both := x&0xffffffff | y<<32
		out := uint64(0)
		for i := range 4 {
			n := sel >> (4 * i)
			b := both >> (8 * (n & 7)) & 0xff
			if n&8 != 0 {
				b = -(b >> 7) & 0xff
			}
			out |= b << (8 * i)
		}
		return out
	})
}

// compileFunnel compiles shf: a shift of two words by as many bits as one has,
// modulo that (.wrap) or at most (.clamp).
func compileFunnel(c *compiler, s *step) {
	way, mode := c.one("l", "r"), c.one("wrap", "clamp")
	t := c.takeType()
	c.count(4)
	if way == "" || mode == "" || t != (typ{'b', 4}) {
		c.fail("%s is not supported", c.in.text)
	}
	s.exec = apply3(c.result(0, t, typ.holds), c.column(1, t), c.column(2, t), c.column(3, typ{'u', 4}), func(lo, hi, n uint64) uint64 {
		if n &= 0xffffffff; mode == "wrap" {
			n &= 31
		} else {
			n = min(n, 32)
		}
		both := lo&0xffffffff | hi<<32
		if way == "l" {
			return both << n >> 32
		}
		return both >> n & 0xffffffff
	})
}
