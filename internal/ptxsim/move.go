package ptxsim

import "strconv"

// mov, selp, setp, cvta.

func compileMov(c *compiler, s *step) {
	t := c.takeType()
	c.count(2)
	if a := c.in.args[1]; a.kind == argVector { // pack: mov.b32 %r, {%h0, %h1}
		c.pack(a, t, s)
		return
	}
	if a := c.in.args[0]; a.kind == argVector {
		c.unpack(a, t, s)
		return
	}
	mask := ^uint64(0) >> (64 - 8*t.size)
	loop := map[int]loop1{4: loopMov32, 8: loopMov}[t.size]
	s.exec = apply1(c.result(0, t, typ.holds), c.column(1, t), func(x uint64) uint64 { return x & mask }, loop)
}

func (c *compiler) pack(a arg, t typ, s *step) {
	d := c.result(0, t, typ.holds)
	part := typ{'b', t.size / len(a.list)}
	var from []int
	for _, e := range a.list {
		from = append(from, c.columnOf(e, part, typ.holds))
	}
	s.exec = func(b *block, lanes []int32) {
		for _, i := range lanes {
			x := uint64(0)
			for k, f := range from {
				x |= b.columns[f][i] << (8 * part.size * k)
			}
			b.columns[d][i] = x
		}
	}
}

func (c *compiler) unpack(a arg, t typ, s *step) {
	x := c.column(1, t)
	part := typ{'b', t.size / len(a.list)}
	mask := ^uint64(0) >> (64 - 8*part.size)
	var to []int
	for _, e := range a.list {
		to = append(to, c.columnOf(e, part, typ.holds))
		c.writes = append(c.writes, e.column)
	}
	s.exec = func(b *block, lanes []int32) {
		for _, i := range lanes {
			w := b.columns[x][i]
			for k, d := range to {
				b.columns[d][i] = w >> (8 * part.size * k) & mask
			}
		}
	}
}

// compileCvta accepts addresses of global and shared memory as they are, so a
// generic address must not be used before it is made one of a space again.
func compileCvta(c *compiler, s *step) {
	c.take("to")
	if c.one("global", "shared") == "" {
		c.fail("cvta: only .global and .shared are supported")
	}
	t := c.takeType()
	c.count(2)
	s.exec = apply1(c.result(0, t, typ.holds), c.column(1, t), func(x uint64) uint64 { return x }, loopMov)
}

func compileSelp(c *compiler, s *step) {
	t := c.takeType()
	c.count(4)
	mask := ^uint64(0) >> (64 - 8*t.size)
	s.exec = apply3(c.result(0, t, typ.holds), c.column(1, t), c.column(2, t), c.column(3, types["pred"]), func(x, y, p uint64) uint64 {
		if p != 0 {
			return x & mask
		}
		return y & mask
	}, map[int]loop3{4: loopSelect32, 8: loopSelect64}[t.size])
}

func compileSetp(c *compiler, s *step) {
	cmp := c.one("eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan", "lo", "ls", "hi", "hs")
	ftz := c.take("ftz")
	t := c.takeType()
	c.count(3)
	var f func(x, y uint64) uint64
	switch {
	case cmp == "" || t.class == 'p' || ftz && t != (typ{'f', 4}):
	case t == typ{'f', 4} && ftz:
		g := compareFloats(cmp)
		f = func(x, y uint64) uint64 { return g(float64(f32(flush(x))), float64(f32(flush(y)))) }
	case t == typ{'f', 4}:
		if g := compareFloats(cmp); g != nil {
			f = func(x, y uint64) uint64 { return g(float64(f32(x)), float64(f32(y))) }
		}
	case t == typ{'f', 8}:
		if g := compareFloats(cmp); g != nil {
			f = func(x, y uint64) uint64 { return g(f64(x), f64(y)) }
		}
	case t.class == 'f':
	default:
		if t.class == 'b' && cmp != "eq" && cmp != "ne" {
			break
		}
		if t.class == 's' {
			f = compareSigned(cmp, 64-8*t.size)
		} else {
			f = compareUnsigned(cmp, 64-8*t.size)
		}
	}
	if f == nil {
		c.fail("setp.%s of type %c%d is not supported", cmp, t.class, 8*t.size)
	}
	if ftz {
		cmp = ""
	}
	loop := compares[cmp+string(t.class)+strconv.Itoa(8*t.size)]
	if (cmp == "eq" || cmp == "ne") && t.class != 'f' {
		loop = compares[cmp+strconv.Itoa(8*t.size)]
	}
	s.exec = apply2(c.result(0, types["pred"], typ.holds), c.column(1, t), c.column(2, t), f, loop)
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func compareFloats(cmp string) func(x, y float64) uint64 {
	switch cmp {
	case "eq":
		return func(x, y float64) uint64 { return bit(x == y) }
	case "ne":
		return func(x, y float64) uint64 { return bit(x < y || x > y) }
	case "lt":
		return func(x, y float64) uint64 { return bit(x < y) }
	case "le":
		return func(x, y float64) uint64 { return bit(x <= y) }
	case "gt":
		return func(x, y float64) uint64 { return bit(x > y) }
	case "ge":
		return func(x, y float64) uint64 { return bit(x >= y) }
	case "equ":
		return func(x, y float64) uint64 { return bit(!(x < y || x > y)) }
	case "neu":
		return func(x, y float64) uint64 { return bit(x != y) }
	case "ltu":
		return func(x, y float64) uint64 { return bit(!(x >= y)) }
	case "leu":
		return func(x, y float64) uint64 { return bit(!(x > y)) }
	case "gtu":
		return func(x, y float64) uint64 { return bit(!(x <= y)) }
	case "geu":
		return func(x, y float64) uint64 { return bit(!(x < y)) }
	case "num":
		return func(x, y float64) uint64 { return bit(x == x && y == y) }
	case "nan":
		return func(x, y float64) uint64 { return bit(x != x || y != y) }
	}
	return nil
}

func compareSigned(cmp string, shift int) func(x, y uint64) uint64 {
	w := func(x uint64) int64 { return int64(x<<shift) >> shift }
	switch cmp {
	case "eq":
		return func(x, y uint64) uint64 { return bit(w(x) == w(y)) }
	case "ne":
		return func(x, y uint64) uint64 { return bit(w(x) != w(y)) }
	case "lt":
		return func(x, y uint64) uint64 { return bit(w(x) < w(y)) }
	case "le":
		return func(x, y uint64) uint64 { return bit(w(x) <= w(y)) }
	case "gt":
		return func(x, y uint64) uint64 { return bit(w(x) > w(y)) }
	case "ge":
		return func(x, y uint64) uint64 { return bit(w(x) >= w(y)) }
	}
	return nil
}

func compareUnsigned(cmp string, shift int) func(x, y uint64) uint64 {
	w := func(x uint64) uint64 { return x << shift >> shift }
	switch cmp {
	case "eq":
		return func(x, y uint64) uint64 { return bit(w(x) == w(y)) }
	case "ne":
		return func(x, y uint64) uint64 { return bit(w(x) != w(y)) }
	case "lt", "lo":
		return func(x, y uint64) uint64 { return bit(w(x) < w(y)) }
	case "le", "ls":
		return func(x, y uint64) uint64 { return bit(w(x) <= w(y)) }
	case "gt", "hi":
		return func(x, y uint64) uint64 { return bit(w(x) > w(y)) }
	case "ge", "hs":
		return func(x, y uint64) uint64 { return bit(w(x) >= w(y)) }
	}
	return nil
}
