package ptx

import (
	"maps"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/pointwise"
)

// The transcendental functions of float64 that have instructions, to a few units
// in the last place: exponentials work on the bits of a float64, which every GPU
// of this kind has, in fewer instructions than the expansions of package
// pointwise, which serve the others.
var float64Functions = map[pointwise.Opcode]func(b *builder, x string) string{
	pointwise.OpExp:   (*builder).exp,
	pointwise.OpExp2:  (*builder).exp2,
	pointwise.OpExpm1: (*builder).expm1,
	pointwise.OpSinh:  (*builder).sinh, pointwise.OpCosh: (*builder).cosh, pointwise.OpTanh: (*builder).tanh,
	pointwise.OpAsinh: (*builder).asinh, pointwise.OpAcosh: (*builder).acosh, pointwise.OpAtanh: (*builder).atanh,
}

// float64Kept are those functions.
var float64Kept = slices.Sorted(maps.Keys(float64Functions))

// Arithmetic of float64 registers.
func (b *builder) plus(x, y string) string          { return b.do(f64, "add.rn.f64", x, y) }
func (b *builder) minus(x, y string) string         { return b.do(f64, "sub.rn.f64", x, y) }
func (b *builder) times(x, y string) string         { return b.do(f64, "mul.rn.f64", x, y) }
func (b *builder) over(x, y string) string          { return b.do(f64, "div.rn.f64", x, y) }
func (b *builder) fma(x, y, z string) string        { return b.do(f64, "fma.rn.f64", x, y, z) }
func (b *builder) root(x string) string             { return b.do(f64, "sqrt.rn.f64", x) }
func (b *builder) magnitude(x string) string        { return b.do(f64, "abs.f64", x) }
func (b *builder) mul(x string, y float64) string   { return b.times(x, double(y)) }
func (b *builder) add(x string, y float64) string   { return b.plus(x, double(y)) }
func (b *builder) above(x string, y float64) string { return b.do(pred, "setp.gt.f64", x, double(y)) }
func (b *builder) equal(x string, y float64) string { return b.do(pred, "setp.eq.f64", x, double(y)) }
func (b *builder) choose(p, yes, no string) string  { return b.do(f64, "selp.f64", yes, no, p) }
func (b *builder) between(x string, lo, hi float64) string {
	return b.do(f64, "max.f64", b.do(f64, "min.f64", x, double(hi)), double(lo))
}

// signed returns y, which is not negative, with the sign of x.
func (b *builder) signed(y, x string) string {
	sign := b.do(b64, "and.b64", b.do(b64, "mov.b64", x), "0x8000000000000000")
	return b.do(f64, "mov.b64", b.do(b64, "or.b64", b.do(b64, "mov.b64", y), sign))
}

// nanOf returns y, or NaN where x is.
func (b *builder) nanOf(y, x string) string {
	return b.choose(b.do(pred, "setp.nan.f64", x, x), double(math.NaN()), y)
}

// ln 2 in two parts, the first with 32 trailing zeros.
const (
	ln2Hi = 6.93147180369123816490e-01
	ln2Lo = 1.90821492927058770002e-10
)

// expTail returns (e**r - 1 - r) / r² by Taylor's series, for |r| <= ln2/2.
func (b *builder) expTail(r string) string {
	n := 14.0
	c := 1.0
	for i := 2.0; i <= n; i++ {
		c /= i
	}
	y := b.do(f64, "mov.f64", double(c))
	for ; n > 2; n-- {
		c *= n
		y = b.fma(y, r, double(c))
	}
	return y
}

// power returns 2**n for an integer n, a float64 within the exponents.
func (b *builder) power(n string) string {
	i := b.do(b64, "add.s64", b.do(b64, "cvt.rzi.s64.f64", n), "1023")
	return b.do(f64, "mov.b64", b.do(b64, "shl.b64", i, "52"))
}

// scale returns y * 2**n for |n| up to 2000.
func (b *builder) scale(y, n string) string {
	half := b.do(f64, "cvt.rzi.f64.f64", b.mul(n, 0.5))
	return b.times(b.times(y, b.power(half)), b.power(b.minus(n, half)))
}

// reduce returns x = n ln2 + r.
func (b *builder) reduce(x string) (n, r string) {
	n = b.do(f64, "cvt.rni.f64.f64", b.mul(x, math.Log2E))
	m := b.do(f64, "neg.f64", n)
	return n, b.fma(m, double(ln2Lo), b.fma(m, double(ln2Hi), x))
}

func (b *builder) expNear(r string) string {
	return b.add(b.fma(b.times(r, r), b.expTail(r), r), 1)
}

func (b *builder) exp(x string) string {
	n, r := b.reduce(b.between(x, -800, 800))
	return b.nanOf(b.scale(b.expNear(r), n), x)
}

func (b *builder) exp2(x string) string {
	y := b.between(x, -1200, 1200)
	n := b.do(f64, "cvt.rni.f64.f64", y)
	return b.nanOf(b.scale(b.expNear(b.mul(b.minus(y, n), math.Ln2)), n), x)
}

func (b *builder) expm1(x string) string {
	n, r := b.reduce(b.between(x, -60, 60))
	e := b.fma(b.times(r, r), b.expTail(r), r)
	p := b.power(n)
	y := b.fma(e, p, b.add(p, -1))
	y = b.choose(b.equal(n, 0), e, y)
	y = b.choose(b.above(x, 50), b.exp(x), y)
	y = b.choose(b.equal(x, 0), x, y)
	return b.nanOf(y, x)
}

// log is FreeBSD's: with f = m-1 and s = f/(2+f), log(1+f) = 2s + 2s³/3 + ...
func (b *builder) log(x string) string {
	tiny := b.do(pred, "setp.lt.f64", x, double(0x1p-1022))
	y := b.choose(tiny, b.mul(x, 0x1p54), x)
	u := b.do(b64, "mov.b64", y)
	e := b.do(b64, "sub.s64", b.do(b64, "shr.s64", u, "52"), "1023")
	e = b.do(b64, "selp.b64", b.do(b64, "sub.s64", e, "54"), e, tiny)
	m := b.do(f64, "mov.b64", b.do(b64, "or.b64", b.do(b64, "and.b64", u, "0xfffffffffffff"), "0x3ff0000000000000"))
	big := b.above(m, math.Sqrt2)
	m = b.choose(big, b.mul(m, 0.5), m)
	e = b.do(b64, "selp.b64", b.do(b64, "add.s64", e, "1"), e, big)
	k := b.do(f64, "cvt.rn.f64.s64", e)
	f := b.add(m, -1)
	s := b.over(f, b.add(f, 2))
	z := b.times(s, s)
	r := b.do(f64, "mov.f64", double(1.479819860511658591e-01))
	for _, c := range []float64{1.531383769920937332e-01, 1.818357216161805012e-01, 2.222219843214978396e-01, 2.857142874366239149e-01, 3.999999999940941908e-01, 6.666666666666735130e-01} {
		r = b.fma(r, z, double(c))
	}
	r = b.times(r, z)
	half := b.times(b.mul(f, 0.5), f)
	t := b.fma(s, b.plus(half, r), b.mul(k, ln2Lo))
	y = b.minus(b.mul(k, ln2Hi), b.minus(b.minus(half, t), f))
	y = b.choose(b.equal(x, math.Inf(1)), double(math.Inf(1)), y)
	y = b.choose(b.equal(x, 0), double(math.Inf(-1)), y)
	y = b.choose(b.do(pred, "setp.lt.f64", x, double(0)), double(math.NaN()), y)
	return b.nanOf(y, x)
}

// log1p corrects the logarithm of 1+x by what the sum lost.
func (b *builder) log1p(x string) string {
	u := b.add(x, 1)
	y := b.plus(b.log(u), b.over(b.minus(x, b.add(u, -1)), u))
	y = b.choose(b.equal(u, 1), x, y)
	y = b.choose(b.equal(u, 0), double(math.Inf(-1)), y)
	return b.choose(b.equal(x, math.Inf(1)), x, y)
}

func (b *builder) sinh(x string) string {
	a := b.magnitude(x)
	t := b.expm1(a)
	y := b.mul(b.plus(t, b.over(t, b.add(t, 1))), 0.5)
	h := b.exp(b.mul(a, 0.5))
	return b.signed(b.choose(b.above(a, 40), b.times(b.mul(h, 0.5), h), y), x)
}

func (b *builder) cosh(x string) string {
	a := b.magnitude(x)
	t := b.exp(a)
	y := b.plus(b.mul(t, 0.5), b.over(double(0.5), t))
	h := b.exp(b.mul(a, 0.5))
	return b.choose(b.above(a, 40), b.times(b.mul(h, 0.5), h), y)
}

func (b *builder) tanh(x string) string {
	t := b.expm1(b.mul(b.magnitude(x), -2))
	return b.nanOf(b.signed(b.magnitude(b.over(t, b.add(t, 2))), x), x)
}

func (b *builder) asinh(x string) string {
	a := b.magnitude(x)
	q := b.times(a, a)
	y := b.log1p(b.plus(a, b.over(q, b.add(b.root(b.add(q, 1)), 1))))
	return b.nanOf(b.signed(b.choose(b.above(a, 0x1p28), b.add(b.log(a), math.Ln2), y), x), x)
}

func (b *builder) acosh(x string) string {
	t := b.add(x, -1)
	y := b.log1p(b.plus(t, b.root(b.fma(t, t, b.mul(t, 2)))))
	y = b.choose(b.above(x, 0x1p28), b.add(b.log(x), math.Ln2), y)
	return b.nanOf(b.choose(b.do(pred, "setp.lt.f64", x, double(1)), double(math.NaN()), y), x)
}

func (b *builder) atanh(x string) string {
	a := b.magnitude(x)
	y := b.mul(b.log1p(b.over(b.mul(a, 2), b.minus(double(1), a))), 0.5)
	y = b.choose(b.above(a, 1), double(math.NaN()), y)
	return b.nanOf(b.signed(y, x), x)
}
