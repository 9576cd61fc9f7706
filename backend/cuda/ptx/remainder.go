package ptx

import "math"

// remainder is C's fmod, exactly: the significands are divided as integers, the
// quotient's bits taken eleven at a time, as far as the exponents differ.
func (b *builder) remainder(c class, x, y string) string {
	if c == f32 { // exact both ways
		r := b.remainder(f64, b.do(f64, "cvt.f64.f32", x), b.do(f64, "cvt.f64.f32", y))
		return b.do(f32, "cvt.rn.f32.f64", r)
	}
	ax, ay := b.do(f64, "abs.f64", x), b.do(f64, "abs.f64", y)
	result := b.new(f64)
	b.set(result, "mov.f64", double(math.NaN()))
	done, keep := b.label(), b.label()
	b.jumpUnless(b.do(pred, "setp.lt.f64", ax, double(math.Inf(1))), done)
	b.jumpUnless(b.do(pred, "setp.gt.f64", ay, double(0)), done)
	b.set(result, "mov.f64", x)
	b.jumpIf(b.do(pred, "setp.lt.f64", ax, ay), done)

	mx, ex := b.significand(ax)
	my, ey := b.significand(ay)
	m, d := b.new(b64), b.new(b64)
	b.set(m, "rem.u64", mx, my)
	b.set(d, "sub.s64", ex, ey)
	loop := b.label()
	b.place(loop)
	b.jumpIf(b.do(pred, "setp.eq.s64", d, "0"), keep)
	n := b.do(b64, "min.s64", d, "11")
	b.set(d, "sub.s64", d, n)
	b.set(m, "shl.b64", m, b.do(b32, "cvt.u32.u64", n))
	b.set(m, "rem.u64", m, my)
	b.jump(loop)
	b.place(keep)
	scale := b.do(f64, "mov.b64", b.do(b64, "shl.b64", ey, "52"))
	r := b.do(f64, "mul.rn.f64", b.do(f64, "cvt.rn.f64.u64", m), double(math.Ldexp(1, -52)))
	r = b.do(f64, "mul.rn.f64", r, scale)
	sign := b.do(b64, "and.b64", b.do(b64, "mov.b64", x), "0x8000000000000000")
	b.set(result, "mov.b64", b.do(b64, "or.b64", b.do(b64, "mov.b64", r), sign))
	b.place(done)
	return result
}

// significand returns those m and e with which x = m * 2^(e-1075).
func (b *builder) significand(x string) (m, e string) {
	u := b.do(b64, "mov.b64", x)
	e = b.do(b64, "shr.u64", u, "52")
	m = b.do(b64, "and.b64", u, "0xfffffffffffff")
	normal := b.do(pred, "setp.ne.u64", e, "0")
	return b.do(b64, "selp.b64", b.do(b64, "or.b64", m, "0x10000000000000"), m, normal), b.do(b64, "max.u64", e, "1")
}
