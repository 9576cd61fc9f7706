package ptx

import (
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// widths says how wide Float and Int are in a kernel.
type widths struct{ float64, int64 bool }

func widthsOf(s pointwise.Spec) widths { return widths{s.Float64(), s.Int64()} }

// class returns the class of registers that hold values of kind k.
func (w widths) class(k pointwise.Kind) class {
	switch {
	case k == pointwise.Float && w.float64:
		return f64
	case k == pointwise.Float:
		return f32
	case k == pointwise.Int && w.int64:
		return b64
	case k == pointwise.Bool:
		return pred
	}
	return b32
}

// typ returns the suffix of instructions on values of kind k.
func (w widths) typ(k pointwise.Kind) string {
	switch {
	case k == pointwise.Float && w.float64:
		return "f64"
	case k == pointwise.Float:
		return "f32"
	case k == pointwise.Int && w.int64:
		return "s64"
	case k == pointwise.Int:
		return "s32"
	case k == pointwise.Bool:
		return "pred"
	}
	return "u32"
}

// memory says how elements of a type are loaded and stored: the type of the
// access and the class of the register.
func memory(d dtype.DType) (string, class) {
	switch d {
	case dtype.Bool, dtype.Uint8:
		return "u8", b32
	case dtype.Int8:
		return "s8", b32
	case dtype.Int16:
		return "s16", b32
	case dtype.Int32:
		return "s32", b32
	case dtype.Int64:
		return "s64", b64
	case dtype.Float16:
		return "b16", b16
	case dtype.BFloat16:
		return "u16", b32
	case dtype.Float32:
		return "f32", f32
	}
	return "f64", f64
}

// fetch loads the element at an address and converts it to kind k.
func (b *builder) fetch(w widths, d dtype.DType, k pointwise.Kind, address string) string {
	typ, c := memory(d)
	x := b.do(c, "ld.global."+typ, "["+address+"]")
	return b.widen(w, d, k, x)
}

// widen converts a loaded element to kind k.
func (b *builder) widen(w widths, d dtype.DType, k pointwise.Kind, x string) string {
	switch {
	case d == dtype.Bool:
		return b.convert(w, pointwise.Bool, k, b.do(pred, "setp.ne.u32", x, "0"))
	case d.IsFloat():
		switch d {
		case dtype.Float16:
			x = b.do(f32, "cvt.f32.f16", x)
		case dtype.BFloat16:
			x = b.do(f32, "mov.b32", b.do(b32, "shl.b32", x, "16"))
		}
		if w.float64 && d != dtype.Float64 {
			x = b.do(f64, "cvt.f64.f32", x)
		}
		return b.convert(w, pointwise.Float, k, x)
	case d == dtype.Int64:
		return b.convert(widths{w.float64, true}, pointwise.Int, k, x)
	}
	if k == pointwise.Int && w.int64 {
		return b.do(b64, "cvt.s64.s32", x)
	}
	return b.convert(widths{w.float64, false}, pointwise.Int, k, x)
}

// store converts x of kind k to type d, as op.RoundTo does, and stores it.
func (b *builder) store(w widths, d dtype.DType, k pointwise.Kind, x, address string) {
	typ, _ := memory(d)
	b.emit("st.global."+typ, "["+address+"]", b.narrow(w, d, k, x))
}

// narrow converts x of kind k to a register that a store of type d takes.
func (b *builder) narrow(w widths, d dtype.DType, k pointwise.Kind, x string) string {
	switch {
	case d == dtype.Bool:
		p := b.convert(w, k, pointwise.Bool, x)
		return b.do(b32, "selp.b32", "1", "0", p)
	case d.IsFloat():
		x = b.convert(w, k, pointwise.Float, x)
		if d == dtype.Float64 {
			return x
		}
		if w.float64 {
			x = b.do(f32, "cvt.rn.f32.f64", x)
		}
		switch d {
		case dtype.Float16:
			return b.do(b16, "cvt.rn.f16.f32", x)
		case dtype.BFloat16:
			return b.toBF16(x)
		}
		return x
	case d == dtype.Int64:
		return b.convert(widths{w.float64, true}, k, pointwise.Int, x)
	case k == pointwise.Int && w.int64:
		return b.do(b32, "cvt.u32.u64", x)
	}
	return b.convert(widths{w.float64, false}, k, pointwise.Int, x)
}

// toBF16 rounds to nearest, half to even; NaN stays NaN.
func (b *builder) toBF16(x string) string {
	u := b.do(b32, "mov.b32", x)
	odd := b.do(b32, "and.b32", b.do(b32, "shr.u32", u, "16"), "1")
	up := b.do(b32, "add.u32", b.do(b32, "add.u32", u, "32767"), odd)
	nan := b.do(b32, "or.b32", u, "0x400000")
	p := b.do(pred, "setp.nan.f32", x, x)
	return b.do(b32, "shr.u32", b.do(b32, "selp.b32", nan, up, p), "16")
}

// convert is OpConvert.
func (b *builder) convert(w widths, from, to pointwise.Kind, x string) string {
	if from == to {
		return x
	}
	ft, tt, c := w.typ(from), w.typ(to), w.class(to)
	switch {
	case to == pointwise.Bool && from == pointwise.Float:
		return b.do(pred, "setp.neu."+ft, x, b.zero(w, from))
	case to == pointwise.Bool:
		return b.do(pred, "setp.ne."+ft, x, "0")
	case from == pointwise.Bool:
		one := "1"
		if to == pointwise.Float {
			one = single(1)
			if w.float64 {
				one = double(1)
			}
			return b.do(c, "selp."+tt, one, b.zero(w, to), x)
		}
		return b.do(c, "selp."+bits(c), one, "0", x)
	case to == pointwise.Float:
		return b.do(c, "cvt.rn."+tt+"."+ft, x)
	case from == pointwise.Float:
		// What NaN gives depends on the types, and is not always 0.
		y := b.do(c, "cvt.rzi."+tt+"."+ft, x)
		return b.do(c, "selp."+bits(c), "0", y, b.do(pred, "setp.nan."+ft, x, x))
	case c == b64: // Bits to a long Int
		return b.do(b64, "cvt.u64.u32", x)
	case from == pointwise.Int && w.int64:
		return b.do(b32, "cvt.u32.u64", x)
	}
	return x // Int and Bits of 32 bits share registers
}

// bits is the untyped suffix of a class.
func bits(c class) string {
	if c == b64 {
		return "b64"
	}
	return "b32"
}

func (b *builder) zero(w widths, k pointwise.Kind) string {
	switch w.class(k) {
	case f32:
		return single(0)
	case f64:
		return double(0)
	}
	return "0"
}
